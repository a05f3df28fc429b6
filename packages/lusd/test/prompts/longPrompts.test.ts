import { defaultClipTokenizer } from '@lusd/sd-models';
import { describe, expect, test } from 'vitest';
import { alignedTargetTokens, parityTargetTokens } from '../../src/prompts/differingTokens.ts';
import { ChunkedTokenizer } from '../../src/prompts/longPrompts.ts';
import { explicitTargetTokens, namedTargetTokens } from '../../src/prompts/namedTokens.ts';
import { loadBrillTagger } from '../../src/prompts/tagger.ts';

const tokenizer = await defaultClipTokenizer('sd2');
const source = 'a photo of a cat';
const target = `a photo of ${'a very '.repeat(80)}beautiful cat with a necktie, ${'in a house '.repeat(20)}and a dog`;
const chunked = new ChunkedTokenizer(tokenizer, [source, target]);
const tokens = tokenizer.tokenize(target);
const last = tokens.length;

/** The ids that the text encoder reads, chunk after chunk. */
const context = tokenizer.encodeChunks([source, target])[1]!.flatMap(({ ids }) => [...ids]);

describe('B15: positions of tokens in chunks', () => {
  test('lead to the very token among all that the UNet attends to', () => {
    expect(tokens.length).toBeGreaterThan(3 * 75);
    const reached = tokens.map((_, i) => context[chunked.contextPosition(i + 1)]);
    expect(reached).toEqual(tokens.map(({ id }) => id));
    expect(context[chunked.contextPosition(0)]).toBe(tokenizer.startId);
  });

  test('stay within what the UNet attends to', () => {
    expect(chunked.contextPosition(chunked.maxLength - 1)).toBe(context.length - 1);
    const full = new ChunkedTokenizer(tokenizer, ['cat '.repeat(75)]);
    expect([75, 76].map((index) => full.contextPosition(index))).toEqual([75, 76]);
  });

  test('are those of an ordinary prompt within one chunk', () => {
    const short = new ChunkedTokenizer(tokenizer, [source, 'a dog']);
    expect(short.maxLength).toBe(77);
    const positions = Array.from({ length: 77 }, (_, i) => i);
    expect(positions.map((index) => short.contextPosition(index))).toEqual(positions);
  });

  test('are given by every way of choosing words, none of which is beyond what is read', async () => {
    const tagger = await loadBrillTagger();
    const { words, beyondContext } = alignedTargetTokens(source, target, chunked, tagger);
    expect(words.at(-1)).toEqual({ text: 'dog', indices: [last] });
    expect(beyondContext).toEqual([]);
    expect(parityTargetTokens(source, target, chunked, tagger).beyondContext).toEqual([]);
    expect(namedTargetTokens(target, ['dog'], chunked).indices).toEqual([last]);
    expect(explicitTargetTokens(target, [last], chunked).words[0]!.text).toBe('dog');
    expect(() => explicitTargetTokens(target, [last + 1], chunked)).toThrow(
      `integers from 1 to ${last}, but one is ${last + 1}`,
    );
  });
});
