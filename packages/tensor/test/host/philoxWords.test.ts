import { expect, test } from 'vitest';
import { FIRST_WORDS, philoxWords } from '../../src/check/references/philox.ts';

test('the words that random numbers are checked against are the known answer for zeros', () => {
  expect(philoxWords(0, 0, [0, 0])).toEqual([...FIRST_WORDS]);
});
