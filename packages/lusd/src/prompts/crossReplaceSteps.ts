import type { EditPrompts } from './editPrompts.ts';
import { namedTokens } from './namedTokens.ts';

/** When the target takes over cross-attention. */
export interface CrossReplaceSettings {
  readonly numSteps: number;
  /** Share of the steps, for all tokens. */
  readonly crossReplaceSteps: number;
  /** Shares of words of the target prompt, in the place of that. */
  readonly crossReplaceWords: Readonly<Record<string, number>>;
}

/**
 * In how many steps, from the first, each token of the target prompt takes over cross-attention. Source:
 * `get_time_words_attention_alpha` of prompt-to-prompt, for shares that begin at 0.
 *
 * @throws OptionError for words that the target prompt has not
 */
export function crossReplaceCounts(
  { target, tokenizer }: Pick<EditPrompts, 'target' | 'tokenizer'>,
  { numSteps, crossReplaceSteps, crossReplaceWords }: CrossReplaceSettings,
): readonly number[] {
  // One step more than there are, as in the released program.
  const stepsOf = (share: number) => Math.trunc(share * (numSteps + 1));
  const counts = new Array<number>(tokenizer.maxLength).fill(stepsOf(crossReplaceSteps));
  const prompt = { text: target, name: 'target prompt', option: 'crossReplaceWords' } as const;
  for (const [word, share] of Object.entries(crossReplaceWords))
    for (const token of namedTokens(prompt, [word], tokenizer).indices) counts[token] = stepsOf(share);
  return counts;
}
