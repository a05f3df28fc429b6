import { describe, expect, it } from 'vitest';
import { AlignedText } from '../../src/tokenizer/alignedText.ts';
import type { Cleaning } from '../../src/tokenizer/clean.ts';
import { ClipTokenizer } from '../../src/tokenizer/clipTokenizer.ts';
import { fixText } from '../../src/tokenizer/ftfy/fixText.ts';
import { clipVocabulary, readGzipped } from './clipVocabulary.ts';

interface Row {
  readonly text: string;
  readonly ftfy: string;
  readonly slow: number[];
  readonly fast: number[];
  readonly original: number[];
  readonly offsets: number[];
}

const vocabulary = clipVocabulary();
const tokenizers: Record<Cleaning, ClipTokenizer> = {
  slow: new ClipTokenizer(vocabulary, 'slow'),
  fast: new ClipTokenizer(vocabulary, 'fast'),
  original: new ClipTokenizer(vocabulary, 'original'),
};
const rows = JSON.parse(readGzipped('../golden/tokenizer/clip_strings.json.gz')) as Row[];

function ids(text: string, cleaning: Cleaning = 'slow'): number[] {
  return tokenizers[cleaning].tokenize(text).map(({ id }) => id);
}

/** The source characters of every token. */
function pieces(text: string, cleaning: Cleaning = 'slow'): string[] {
  return tokenizers[cleaning].tokenize(text).map(({ start, end }) => text.slice(start, end));
}

describe('agreement with the reference tokenizers on 1,000 strings', () => {
  it('reads all of them', () => {
    expect(rows).toHaveLength(1000);
  });

  it('cleans as ftfy.fix_text', () => {
    const differing = rows.filter(({ text, ftfy }) => fixText(AlignedText.of(text)).text !== ftfy);
    expect(differing).toEqual([]);
  });

  it.each(['slow', 'fast', 'original'] as const)('gives the ids of the %s tokenizer', (cleaning) => {
    const differing = rows
      .map((row) => ({ text: row.text, expected: row[cleaning], actual: ids(row.text, cleaning) }))
      .filter(({ expected, actual }) => expected.join() !== actual.join());
    expect(differing).toEqual([]);
  });

  it('gives the offsets of the fast tokenizer, where characters do not compose', () => {
    const plain = rows.filter(({ text }) => text.normalize('NFC') === text);
    expect(plain.length).toBeGreaterThan(850);
    const differing = plain
      .map((row) => ({
        text: row.text,
        expected: row.offsets,
        actual: tokenizers.fast.tokenize(row.text).flatMap(({ start, end }) => [start, end]),
      }))
      .filter(({ expected, actual }) => expected.join() !== actual.join());
    expect(differing).toEqual([]);
  });
});

describe('known ids', () => {
  it.each([
    ['a glass of lemon tea with a straw', [320, 3313, 539, 7184, 3274, 593, 320, 16438]],
    ['a chinese lion wearing a sunglasses', [320, 4271, 5567, 3309, 320, 12906]],
    ['it’s ok', [585, 568, 2481]],
    ['生活的真谛是', [33375, 162, 112, 119, 163, 248, 226, 41570, 164, 108, 249, 42891, 363]],
  ])('%s', (text, expected) => {
    expect(ids(text)).toEqual(expected);
  });
});

describe('offsets', () => {
  it('follow words and their parts', () => {
    expect(pieces('A cat,  wearing\ta necktie')).toEqual(['A', 'cat', ',', 'wearing', 'a', 'neck', 'tie']);
  });

  it.each([
    ['a ligature', 'a ﬁne cat', ['a', 'ﬁne', 'cat']],
    ['curly quotes', '“it’s”', ['“', 'it', '’s', '”']],
    ['an entity', 'cat &amp; dog', ['cat', '&amp;', 'dog']],
    ['an entity read twice', 'a &amp;lt; b', ['a', '&amp;lt;', 'b']],
    ['mojibake', 'a cafÃ© here', ['a', 'cafÃ©', 'here']],
    ['mojibake on top of mojibake', 'itÃ¢â‚¬â„¢s ok', ['it', 'Ã¢â‚¬â„¢s', 'ok']],
    ['composed accents', 'cafe\u0301 au', ['cafe\u0301', 'au']],
    ['dropped characters inside of a word', 'ca\u0000t \u0007dog', ['ca\u0000t', 'dog']],
    ['terminal escapes', '\u001b[1mbold\u001b[0m cat', ['bold', 'cat']],
    ['lower case that is longer', 'İstanbul cat', ['İ', 'İ', 'stanbul', 'cat']],
    ['special tokens', 'cat<|endoftext|>dog', ['cat', '<|endoftext|>', 'dog']],
  ])('reach through %s', (_, text, expected) => {
    expect(pieces(text)).toEqual(expected);
  });

  it('give every token of one character the whole of it', () => {
    expect(pieces('a 谛')).toEqual(['a', '谛', '谛', '谛']);
  });

  it.each(['slow', 'fast', 'original'] as const)('stay in order and within the text (%s)', (cleaning) => {
    for (const { text } of rows) {
      let previous = 0;
      for (const { start, end } of tokenizers[cleaning].tokenize(text)) {
        expect(start).toBeGreaterThanOrEqual(previous);
        expect(end).toBeGreaterThan(start);
        expect(end).toBeLessThanOrEqual(text.length);
        previous = start;
      }
    }
  });
});

describe('encode', () => {
  const { slow, original } = tokenizers;

  it('frames a prompt and pads it with the end token', () => {
    const { ids: encoded, attentionMask, offsets } = slow.encode('a glass');
    expect(encoded).toHaveLength(77);
    expect([...encoded.slice(0, 5)]).toEqual([49406, 320, 3313, 49407, 49407]);
    expect(new Set(encoded.slice(3))).toEqual(new Set([49407]));
    expect(attentionMask.reduce((sum, flag) => sum + flag, 0)).toBe(4);
    expect(offsets.slice(0, 4)).toEqual([null, { start: 0, end: 1 }, { start: 2, end: 7 }, null]);
    expect(offsets).toHaveLength(77);
  });

  it('keeps the first 75 tokens of a long prompt', () => {
    const { ids: encoded, attentionMask } = slow.encode('cat '.repeat(100));
    expect([...encoded]).toEqual([49406, ...new Array<number>(75).fill(2368), 49407]);
    expect(attentionMask).toEqual(new Uint8Array(77).fill(1));
  });

  it('B15: says which words did not fit', () => {
    const prompt = `${'cat '.repeat(74)}dog necktie&amp; fish `;
    const { start, end } = slow.encode(prompt).truncated!;
    expect(prompt.slice(start, end)).toBe('necktie&amp; fish');
    expect(slow.encode('cat '.repeat(75)).truncated).toBeNull();
    // Half a word is a part that is not read, too.
    const halved = `${'cat '.repeat(74)}necktie`;
    expect(slow.encode(halved).truncated).toEqual({ start: halved.length - 3, end: halved.length });
  });

  it('B15: cuts prompts into as many chunks as the longest needs', () => {
    const sd2 = new ClipTokenizer({ ...vocabulary, special: { ...vocabulary.special, padding: '!' } });
    const [long, empty] = sd2.encodeChunks([`${'cat '.repeat(75)}dog`, '']);
    expect(long!.map(({ ids }) => [...ids.slice(0, 3), ...ids.slice(-2)])).toEqual([
      [49406, 2368, 2368, 2368, 49407],
      [49406, 1929, 49407, 0, 0],
    ]);
    expect(empty).toEqual([sd2.encode(''), sd2.encode('')]);
    expect(long![1]!.offsets[1]).toEqual({ start: 300, end: 303 });
    expect(sd2.encodeChunks(['', 'a'])).toEqual([[sd2.encode('')], [sd2.encode('a')]]);
  });

  it('takes an empty prompt', () => {
    expect([...slow.encode('').ids]).toEqual([49406, ...new Array<number>(76).fill(49407)]);
  });

  it('pads with 0 for the metrics', () => {
    expect([...original.encode('a glass').ids.slice(0, 5)]).toEqual([49406, 320, 3313, 49407, 0]);
  });

  it('refuses what is too long for the metrics, and only that', () => {
    expect(original.encode('cat '.repeat(75)).ids[76]).toBe(49407);
    expect(() => original.encode('cat '.repeat(76))).toThrow(/has 76 tokens and CLIP takes 75/);
  });

  it('pads with the vocabulary’s own token, which is special in prompts too', () => {
    const sd2 = new ClipTokenizer({ ...vocabulary, special: { ...vocabulary.special, padding: '!' } });
    expect([...sd2.encode('a').ids.slice(0, 4)]).toEqual([49406, 320, 49407, 0]);
    const expected = JSON.parse(readGzipped('../golden/tokenizer/sd2_strings.json.gz')) as Pick<
      Row,
      'text' | 'slow'
    >[];
    for (const { text, slow: reference } of expected) {
      expect(sd2.tokenize(text).map(({ id }) => id)).toEqual(reference);
    }
  });

  it('names a special token that the vocabulary lacks', () => {
    const special = { ...vocabulary.special, padding: '<pad>' };
    expect(() => new ClipTokenizer({ ...vocabulary, special })).toThrow(/no "<pad>"/);
  });

  it('takes one word of 6000 characters', { timeout: 20_000 }, () => {
    expect(slow.tokenize('生活的真谛是'.repeat(1000)).length).toBeGreaterThan(5000);
  });
});
