import { alignedTargetTokens, parityTargetTokens } from './differingTokens.ts';
import { explicitTargetTokens, namedTargetTokens } from './namedTokens.ts';
import { loadBrillTagger, type Tagger } from './tagger.ts';
import type { PromptTokenizer, TargetTokens } from './targetTokens.ts';

/** How the target tokens are chosen. Explicit positions take precedence over named words, and both over a rule. */
export interface TokenChoice {
  /** Positions among the tokens that the text encoder reads, the start token being 0; an empty list for no mask. */
  readonly indices?: readonly number[];
  /** Words or phrases of the target prompt. */
  readonly words?: readonly string[];
  /** How the differing words are found: 'aligned' (default), or 'parity' with the released program. */
  readonly rule?: 'aligned' | 'parity';
  /** Default: the bundled tagger. */
  readonly tagger?: Tagger;
}

/**
 * The tokens of the target prompt that the mask is made from. @throws OptionError for a choice that is not in the
 * prompt
 */
export async function chooseTargetTokens(
  source: string,
  target: string,
  tokenizer: PromptTokenizer,
  choice: TokenChoice = {},
): Promise<TargetTokens> {
  if (choice.indices) return explicitTargetTokens(target, choice.indices, tokenizer);
  if (choice.words) return namedTargetTokens(target, choice.words, tokenizer);
  const rule = choice.rule === 'parity' ? parityTargetTokens : alignedTargetTokens;
  return rule(source, target, tokenizer, choice.tagger ?? (await loadBrillTagger()));
}
