import { describe, expect, test } from 'vitest';
import { loadPerceptronModel } from '../../src/node/perceptronModel.ts';
import { alignedTargetTokens, parityTargetTokens } from '../../src/prompts/differingTokens.ts';
import { perceptronTagger } from '../../src/prompts/perceptronTagger.ts';
import { loadBrillTagger, type Tagger } from '../../src/prompts/tagger.ts';
import type { PromptTokenizer } from '../../src/prompts/targetTokens.ts';
import { cornerPairs, recordedTokenizer, recordedTokensAt, samplePairs } from './recordedPrompts.ts';
import { recordedTagger } from './recordedTagger.ts';

const nltkFolder = process.env.LUSD_NLTK_TAGGER;

/** One token a word, at its place: enough for prompts longer than what is recorded. */
const wordTokenizer: PromptTokenizer = {
  maxLength: 77,
  tokenize: (text) =>
    Array.from(text.matchAll(/\S+/g), ({ 0: word, index }) => ({ start: index, end: index + word.length })),
};

function parityIndices(
  pair: { source_prompt: string; target_prompt: string },
  tagger: Tagger,
): readonly number[] {
  return parityTargetTokens(pair.source_prompt, pair.target_prompt, recordedTokenizer, tagger).indices;
}

describe('the parity rule', () => {
  test.each(samplePairs)('$source_prompt -> $target_prompt, with the recorded nouns', (pair) => {
    expect(parityIndices(pair, recordedTagger(pair))).toEqual(pair.target_index);
  });

  test.each(cornerPairs)('$source_prompt -> $target_prompt, with the given tags', (pair) => {
    expect(parityIndices(pair, () => pair.tags)).toEqual(pair.target_index);
  });

  test.skipIf(nltkFolder === undefined)(
    "all twenty pairs with NLTK's model in LUSD_NLTK_TAGGER",
    async () => {
      const tagger = perceptronTagger(await loadPerceptronModel(nltkFolder!));
      const indices = samplePairs.map((pair) => parityIndices(pair, tagger));
      expect(indices).toEqual(samplePairs.map((pair) => pair.target_index));
    },
  );

  test('19 of the twenty pairs with the shipped tagger', async () => {
    const tagger = await loadBrillTagger();
    const differing = samplePairs.filter(
      (pair) => parityIndices(pair, tagger).join() !== pair.target_index.join(),
    );
    expect(differing.map((pair) => pair.target_prompt)).toEqual(['a masterpiece drawing of pikachu']);
  });

  test('can take the end token of a truncated prompt, but no token after it', () => {
    const target = `${'big '.repeat(75)}cat dog`;
    const tagger: Tagger = (words) => words.map((word) => (word === 'big' ? 'JJ' : 'NN'));
    const { indices, beyondContext } = parityTargetTokens('', target, wordTokenizer, tagger);
    expect(indices).toEqual([76]);
    expect(beyondContext).toEqual(['dog']);
  });
});

describe('the aligned rule', () => {
  function alignedWords(target: string): string[] {
    const pair = cornerPairs.find((corner) => corner.target_prompt === target)!;
    const { indices, words } = alignedTargetTokens(
      pair.source_prompt,
      target,
      recordedTokenizer,
      () => pair.tags,
    );
    expect(indices).toEqual(words.flatMap((word) => word.indices));
    return recordedTokensAt(target, indices);
  }

  test('is the parity rule where that misplaces nothing', () => {
    const aligned = samplePairs.map(
      (pair) =>
        alignedTargetTokens(pair.source_prompt, pair.target_prompt, recordedTokenizer, recordedTagger(pair))
          .indices,
    );
    const misplaced = samplePairs.findIndex((pair) => pair.target_prompt.includes('t-shirt'));
    const expected = samplePairs.map((pair) => pair.target_index);
    expected[misplaced] = [11, 12];
    expect(aligned).toEqual(expected);
  });

  test('stays on the word after dropped punctuation', () => {
    expect(alignedWords('a man in a t-shirt with a hat')).toEqual(['hat']);
    expect(alignedWords('a cake (wagyu-flavoured) & a candle!')).toEqual(['yu', 'candle']);
  });

  test('stays on the words when the differing ones are apart', () => {
    expect(alignedWords('a girl, a dog and two cats')).toEqual(['girl', 'cats']);
  });

  test('takes proper nouns', () => {
    expect(alignedWords('a photo of Barack Obama')).toEqual(['Barack', 'Obama']);
    expect(alignedWords('a photo of smiling Obama at sunset')).toEqual(['Obama']);
  });

  test('takes the last token of a word, where its letters are several bytes too', () => {
    expect(alignedWords('a café with crème brûlée')).toEqual(['me', 'ée']);
  });

  test('reports nouns beyond the tokens that the text encoder reads', () => {
    const target = `${'big '.repeat(74)}cat dog`;
    const tagger: Tagger = (words) => words.map((word) => (word === 'big' ? 'JJ' : 'NN'));
    expect(alignedTargetTokens('', target, wordTokenizer, tagger)).toEqual({
      indices: [75],
      words: [{ text: 'cat', indices: [75] }],
      beyondContext: ['dog'],
    });
  });

  test('takes nothing from equal prompts', () => {
    expect(alignedWords('a cat')).toEqual([]);
  });
});
