import { defaultClipTokenizer } from '@lusd/sd-models';
import { expect, test } from 'vitest';
import { crossReplaceCounts } from '../../src/prompts/crossReplaceSteps.ts';
import { goldenFolder, readJson } from '../support/goldenFiles.ts';

interface Case {
  readonly target: string;
  readonly steps: number;
  readonly share: number;
  readonly words: Readonly<Record<string, number>>;
  /** Steps of each token. */
  readonly counts: readonly number[];
}

const cases = readJson<readonly Case[]>(new URL('cross_replace.json', goldenFolder('.')));
const tokenizer = await defaultClipTokenizer('sd1');

test.each(cases)('$target: $share, $words', ({ target, steps, share, words, counts }) => {
  const settings = { numSteps: steps, crossReplaceSteps: share, crossReplaceWords: words };
  expect(crossReplaceCounts({ target, tokenizer }, settings)).toEqual(counts);
});

test('a word that is not in the target prompt is refused', () => {
  const settings = { numSteps: 5, crossReplaceSteps: 0.4, crossReplaceWords: { tea: 0.2 } };
  expect(() => crossReplaceCounts({ target: 'a cup', tokenizer }, settings)).toThrow(
    'option crossReplaceWords must be written as in the target prompt "a cup", but "tea" is not',
  );
});
