import { expect, test } from 'vitest';
import { loadBrillTagger } from '../../src/prompts/tagger.ts';

test('the shipped tagger gives Penn tags, one a word', async () => {
  const tagger = await loadBrillTagger();
  expect(tagger(['a', 'cat', 'in', '2', 'red', 'hats'])).toEqual(['DT', 'NN', 'IN', 'CD', 'JJ', 'NNS']);
  expect(tagger([])).toEqual([]);
});

test('words that JavaScript objects inherit are plain nouns to it', async () => {
  const tagger = await loadBrillTagger();
  expect(tagger(['constructor', 'valueOf', '__proto__'])).toEqual(['NN', 'NN', 'NN']);
});
