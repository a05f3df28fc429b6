import { describe, expect, test } from 'vitest';
import { OptionError } from '../../src/errors.ts';
import { explicitTargetTokens, namedTargetTokens } from '../../src/prompts/namedTokens.ts';
import type { PromptTokenizer } from '../../src/prompts/targetTokens.ts';
import { recordedTokenizer, recordedTokensAt } from './recordedPrompts.ts';

const wordTokenizer: PromptTokenizer = {
  maxLength: 77,
  tokenize: (text) =>
    Array.from(text.matchAll(/\S+/g), ({ 0: word, index }) => ({ start: index, end: index + word.length })),
};

describe('named words', () => {
  function named(target: string, ...phrases: string[]): string[] {
    return recordedTokensAt(target, namedTargetTokens(target, phrases, recordedTokenizer).indices);
  }

  test('of a phrase', () => {
    const tokens = namedTargetTokens('a cat wearing a party hat', ['party hat'], recordedTokenizer);
    expect(tokens.indices).toEqual([5, 6]);
    expect(tokens.words).toEqual([{ text: 'party hat', indices: [5, 6] }]);
  });

  test('all tokens of a word, with its punctuation', () => {
    expect(named('a man wearing a red t-shirt with a google logo', 't-shirt')).toEqual(['t', '-', 'shirt']);
    expect(named('wagyu steak', 'wagyu')).toEqual(['wag', 'yu']);
  });

  test('at every place, whole words only, in any case and spacing', () => {
    expect(named('a girl, a dog and two cats', 'A')).toEqual(['a', 'a']);
    expect(named('a cat wearing a party hat', ' Party   HAT ')).toEqual(['party', 'hat']);
    expect(() => named('a girl, a dog and two cats', 'cat')).toThrow(OptionError);
  });

  test('of several phrases, each token once', () => {
    expect(named('a cat wearing a party hat', 'party hat', 'hat', 'cat')).toEqual(['party', 'hat', 'cat']);
  });

  test('with characters that mean something in a pattern', () => {
    expect(named('a cake (wagyu-flavoured) & a candle!', '(wagyu-flavoured)')).toHaveLength(6);
  });

  test('that are absent, empty or never read are errors', () => {
    expect(() => named('a cat', 'dog')).toThrow(
      /option words must be written as in the target prompt "a cat", but "dog" is not/,
    );
    expect(() => named('a cat', ' ')).toThrow('one is empty');
    const long = `${'big '.repeat(75)}cat`;
    expect(() => namedTargetTokens(long, ['cat'], wordTokenizer)).toThrow('beyond token 75');
  });

  test('that recur beyond what is read count where they are read', () => {
    const long = `cat ${'big '.repeat(75)}cat`;
    expect(namedTargetTokens(long, ['cat'], wordTokenizer).indices).toEqual([1]);
  });
});

describe('explicit indices', () => {
  const explicit = (...indices: number[]) =>
    explicitTargetTokens('a cat wearing a party hat', indices, recordedTokenizer);

  test('name the tokens they stand for', () => {
    expect(explicit(6, 2)).toEqual({
      indices: [6, 2],
      words: [
        { text: 'hat', indices: [6] },
        { text: 'cat', indices: [2] },
      ],
      beyondContext: [],
    });
  });

  test('may be none', () => {
    expect(explicit().indices).toEqual([]);
  });

  test.each([0, -1, 7, 1.5, Number.NaN])('reject %d', (index) => {
    expect(() => explicit(2, index)).toThrow(`but one is ${index}`);
  });

  test('reject a repetition', () => {
    expect(() => explicit(2, 3, 2)).toThrow(
      'option indices must differ from each other, but 2 is given twice',
    );
  });

  test('end with what the text encoder reads', () => {
    const long = 'big '.repeat(80);
    expect(explicitTargetTokens(long, [75], wordTokenizer).indices).toEqual([75]);
    expect(() => explicitTargetTokens(long, [76], wordTokenizer)).toThrow(
      'integers from 1 to 75, but one is 76',
    );
  });
});
