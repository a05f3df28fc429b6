import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { type Lexicon, packLexicon, unpackLexicon } from '../build/smallLexicon.ts';

const lexicon = createRequire(import.meta.url)('pos/lexicon') as Lexicon;

/** The first step of the tagger of `pos`: its line `lexicon[word] || lexicon[word.toLowerCase()]`, and NN otherwise. */
function tagOf(tags: Lexicon, word: string): string {
  const found = tags[word] ?? tags[word.toLowerCase()];
  return Array.isArray(found) ? (found[0] ?? 'NN') : 'NN';
}

test('the packed lexicon gives every word the tag that the whole one gives', () => {
  const small = unpackLexicon(packLexicon(lexicon));
  const words = Object.keys(lexicon);
  expect(words.length).toBeGreaterThan(90_000);
  const others = ['xyzzy', 'Xyzzy', 'constructor', 'A', 'CUP', 'Cups'];
  const forms = [
    ...words,
    ...words.map((word) => word.toLowerCase()),
    ...words.map((word) => word.toUpperCase()),
    ...others,
  ];
  expect(forms.filter((word) => tagOf(small, word) !== tagOf(lexicon, word))).toEqual([]);
});
