import { chooseTargetTokens, type EditTokenizer, type TargetTokens, withoutBrackets } from '@lusd/lusd';
import type { StudioSettings } from './settings.ts';

/** A word of the target prompt, and whether the mask looks at it. */
export interface MarkedWord {
  readonly text: string;
  /** Positions of its tokens among those that the text encoder reads, the start token being 0. */
  readonly indices: readonly number[];
  readonly isChosen: boolean;
}

/** The target prompt as the mask sees it. */
export interface MarkedPrompt {
  readonly words: readonly MarkedWord[];
  /** The ends of the prompts that the model does not read; null if it reads all. */
  readonly unread: { readonly source: string | null; readonly target: string | null };
}

/** What decides which words are marked. */
export type WordSettings = Pick<
  StudioSettings,
  'source' | 'target' | 'targetIndex' | 'editWords' | 'targetRule' | 'keepBrackets'
>;

const WORD = /[\p{L}\p{N}_]+(?:['’-][\p{L}\p{N}_]+)*/gu;

/** Both prompts as the model gets them: without the brackets that mark edited words, unless they are kept. */
export function plainPrompts({ source, target, keepBrackets }: WordSettings) {
  return keepBrackets
    ? { source, target }
    : { source: withoutBrackets(source), target: withoutBrackets(target) };
}

/** How the words for the mask are chosen, in the library's form. */
export function tokenChoice({ targetIndex, editWords, targetRule }: WordSettings) {
  return {
    rule: targetRule,
    ...(targetIndex && { indices: targetIndex }),
    ...(editWords && { words: editWords }),
  };
}

/**
 * The words of the target prompt, and which of them the mask will look at.
 * @throws OptionError for a choice that is not in the prompt
 */
export async function markWords(tokenizer: EditTokenizer, settings: WordSettings): Promise<MarkedPrompt> {
  const { source, target } = plainPrompts(settings);
  const chosen = await chooseTargetTokens(source, target, tokenizer, tokenChoice(settings));
  return {
    words: wordsOf(target, tokenizer, chosen),
    unread: { source: tokenizer.unreadWords(source), target: tokenizer.unreadWords(target) },
  };
}

function wordsOf(target: string, tokenizer: EditTokenizer, chosen: TargetTokens): MarkedWord[] {
  const tokens = tokenizer.tokenize(target);
  return Array.from(target.matchAll(WORD), ({ 0: text, index: start }) => {
    const end = start + text.length;
    const indices = tokens.flatMap((token, i) => (token.start < end && token.end > start ? [i + 1] : []));
    return { text, indices, isChosen: indices.some((index) => chosen.indices.includes(index)) };
  });
}
