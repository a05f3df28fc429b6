import { type PromptDifference, promptDifference } from './difference.ts';
import { differingNouns } from './nouns.ts';
import type { Tagger } from './tagger.ts';
import {
  collectTargets,
  lastPromptToken,
  overlappingTokens,
  type PromptTokenizer,
  type TargetTokens,
  type TargetWord,
} from './targetTokens.ts';

/**
 * The released program's rule: the differing nouns (NN, NNS), each at the number of tokens of all words
 * before the differing ones plus the running number of tokens of the differing words. Words are counted
 * alone, so the positions are off where the prompt has punctuation ("t-shirt") or where unchanged words
 * stand between the differing ones; `alignedTargetTokens` is right there.
 */
export function parityTargetTokens(
  source: string,
  target: string,
  tokenizer: PromptTokenizer,
  tagger: Tagger,
): TargetTokens {
  const difference = promptDifference(source, target);
  const { differing, nouns } = differingNouns(difference, tagWords(difference, tagger), 'common');
  const { words } = difference;
  let index = tokenizer.tokenize(priorText(difference)).length;
  const chosen: TargetWord[] = [];
  for (const position of differing) {
    const { text } = words[position]!;
    index += tokenizer.tokenize(text).length;
    if (nouns.includes(position)) chosen.push({ text, indices: [index] });
  }
  // Of a truncated prompt the released program can still take the end token, which follows the last.
  return collectTargets(chosen, lastPromptToken(tokenizer) + 1);
}

/**
 * The words that the released program takes for the ones before the difference, joined by spaces. It counts
 * the differing words and not their places, so it is wrong unless they are contiguous.
 */
export function priorText({ words, differing, suffixStart }: PromptDifference): string {
  const prior = words.slice(0, suffixStart - differing.length);
  return prior.map((word) => word.text).join(' ');
}

/**
 * The default rule: the differing nouns, proper nouns included, each at its last token, found by the tokens'
 * places in the prompt.
 */
export function alignedTargetTokens(
  source: string,
  target: string,
  tokenizer: PromptTokenizer,
  tagger: Tagger,
): TargetTokens {
  const difference = promptDifference(source, target);
  const { nouns } = differingNouns(difference, tagWords(difference, tagger), 'all');
  const tokens = tokenizer.tokenize(target);
  const chosen = nouns.map((position) => {
    const word = difference.words[position]!;
    return { text: word.text, indices: overlappingTokens(tokens, word).slice(-1) };
  });
  return collectTargets(chosen, lastPromptToken(tokenizer));
}

function tagWords({ words }: PromptDifference, tagger: Tagger): string[] {
  return tagger(words.map((word) => word.text));
}
