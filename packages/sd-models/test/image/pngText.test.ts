import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readPngText, withPngText } from '../../src/index.ts';

interface Cases {
  readonly keyword: string;
  /** A PNG file without texts, in base64. */
  readonly plain: string;
  readonly texts: readonly { readonly text: string | null; readonly png: string }[];
  /** The plain file with a text, as Pillow writes it. */
  readonly written: { readonly text: string; readonly png: string };
}

const path = new URL('../golden/image/png_text.json', import.meta.url);
const cases = JSON.parse(readFileSync(path, 'utf8')) as Cases;
const bytesOf = (base64: string) => new Uint8Array(Buffer.from(base64, 'base64'));
const plain = bytesOf(cases.plain);

test.each(cases.texts)('reads $text as Pillow wrote it', ({ text, png }) => {
  expect(readPngText(bytesOf(png), cases.keyword)).toBe(text);
  expect(readPngText(bytesOf(png), 'Software')).toBe('another program');
});

test('writes a text byte for byte as Pillow does', () => {
  const { text, png } = cases.written;
  expect(withPngText(plain, cases.keyword, text)).toEqual(bytesOf(png));
});

test('a text under the same keyword is replaced', () => {
  const twice = withPngText(withPngText(plain, 'lusd', 'first'), 'lusd', 'second');
  expect(twice).toEqual(withPngText(plain, 'lusd', 'second'));
  expect(readPngText(plain, 'lusd')).toBeNull();
});

test('what is no PNG file, a truncated one and an impossible keyword are refused', () => {
  expect(() => readPngText(new Uint8Array(20), 'lusd')).toThrow(/not a PNG file/);
  expect(() => readPngText(plain.subarray(0, plain.length - 14), 'lusd')).toThrow(/truncated/);
  expect(() => withPngText(plain, ' lusd', '')).toThrow(RangeError);
});
