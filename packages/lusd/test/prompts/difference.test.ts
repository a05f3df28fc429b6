import { describe, expect, test } from 'vitest';
import { findWords, promptDifference } from '../../src/prompts/difference.ts';
import { priorText } from '../../src/prompts/differingTokens.ts';
import { differingNouns } from '../../src/prompts/nouns.ts';
import { cornerPairs, samplePairs } from './recordedPrompts.ts';

test('words are runs of letters, digits and underscores of any script, with their places', () => {
  const prompt = 'a t-shirt, number_42: crème 東京!';
  const words = findWords(prompt);
  expect(words.map((word) => word.text)).toEqual(['a', 't', 'shirt', 'number_42', 'crème', '東京']);
  expect(words.map((word) => prompt.slice(word.start, word.end))).toEqual(words.map((word) => word.text));
});

describe('against the released program, on the twenty sample pairs', () => {
  test.each(samplePairs)('$source_prompt -> $target_prompt', (pair) => {
    const difference = promptDifference(pair.source_prompt, pair.target_prompt);
    expect(difference.differing.map((i) => difference.words[i]!.text)).toEqual(pair.differing);
    expect(priorText(difference)).toBe(pair.prior);
  });
});

describe('against the released program, on the corners of its rule', () => {
  test.each(cornerPairs)('$source_prompt -> $target_prompt', (pair) => {
    const difference = promptDifference(pair.source_prompt, pair.target_prompt);
    const { differing, nouns } = differingNouns(difference, pair.tags, 'common');
    expect(differing.map((i) => difference.words[i]!.text)).toEqual(pair.differing);
    expect(differing.map((i) => nouns.includes(i))).toEqual(pair.is_noun);
    expect(priorText(difference)).toBe(pair.prior);
  });
});
