import type { PromptDifference } from './difference.ts';

const COMMON_NOUNS: ReadonlySet<string> = new Set(['NN', 'NNS']);
const ALL_NOUNS: ReadonlySet<string> = new Set(['NN', 'NNS', 'NNP', 'NNPS']);
const ARTICLES: ReadonlySet<string> = new Set(['a', 'an', 'the']);

/** Which Penn tags count as nouns: the released program leaves proper nouns out. */
export type NounTags = 'common' | 'all';

/** The words that a rule looks at: positions in the target's words, ascending. */
export interface DifferingNouns {
  /** The differing words, and those that the rule added from the common suffix. */
  readonly differing: readonly number[];
  /** Those of `differing` that are nouns. */
  readonly nouns: readonly number[];
}

/**
 * The nouns among the differing words of a target prompt. If the last differing word is neither a noun, nor an
 * article, nor a preposition (as "brown" in "a [brown] dog"), the common suffix up to and including its
 * first noun counts as differing too.
 *
 * @param tags one Penn tag for every word of the target prompt
 */
export function differingNouns(
  difference: PromptDifference,
  tags: readonly string[],
  nounTags: NounTags,
): DifferingNouns {
  const nounSet = nounTags === 'all' ? ALL_NOUNS : COMMON_NOUNS;
  const isNoun = (position: number): boolean => nounSet.has(tags[position]!);
  const differing = [...difference.differing, ...extension(difference, tags, isNoun)];
  return { differing, nouns: differing.filter(isNoun) };
}

function extension(
  { words, differing, suffixStart }: PromptDifference,
  tags: readonly string[],
  isNoun: (position: number) => boolean,
): number[] {
  const last = differing.at(-1);
  if (last === undefined || isNoun(last) || ARTICLES.has(words[last]!.text) || tags[last] === 'IN') return [];
  const suffix = words.slice(suffixStart).map((_, i) => suffixStart + i);
  const firstNoun = suffix.findIndex(isNoun);
  return firstNoun < 0 ? suffix : suffix.slice(0, firstNoun + 1);
}
