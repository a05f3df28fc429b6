import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { documentPath, targetWordsDocument } from '../scripts/targetWords.ts';

test('docs/target-words.md is what the code gives today', async () => {
  expect(await readFile(documentPath, 'utf8')).toBe(await targetWordsDocument());
});
