/** A word of a prompt with its place in it: UTF-16 offsets, the end excluded. */
export interface Word {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** The difference of a target prompt from its source prompt. */
export interface PromptDifference {
  /** All words of the target prompt. */
  readonly words: readonly Word[];
  /** Positions in `words` of the differing words, ascending. */
  readonly differing: readonly number[];
  /** Position in `words` at which the suffix common to both prompts begins. */
  readonly suffixStart: number;
}

/** The words of a prompt, in the sense of Python's `re.findall(r"\w+", prompt)`. */
export function findWords(prompt: string): Word[] {
  return Array.from(prompt.matchAll(/[\p{L}\p{N}_]+/gu), ({ 0: text, index }) => ({
    text,
    start: index,
    end: index + text.length,
  }));
}

/**
 * Compares two prompts word by word: outside their longest common suffix, a target word differs if the
 * source's word at the same position is another, or if there is none.
 *
 * Source: the released program's rule; an empty source prompt is legal.
 */
export function promptDifference(source: string, target: string): PromptDifference {
  const sourceWords = findWords(source);
  const words = findWords(target);
  const suffixStart = words.length - commonSuffixLength(sourceWords, words);
  const differing = words
    .slice(0, suffixStart)
    .flatMap((word, i) => (word.text === sourceWords[i]?.text ? [] : [i]));
  return { words, differing, suffixStart };
}

function commonSuffixLength(a: readonly Word[], b: readonly Word[]): number {
  const limit = Math.min(a.length, b.length);
  let length = 0;
  while (length < limit && a.at(-1 - length)!.text === b.at(-1 - length)!.text) length++;
  return length;
}
