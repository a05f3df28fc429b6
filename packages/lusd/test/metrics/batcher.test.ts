import { expect, test } from 'vitest';
import { Batcher } from '../../src/metrics/batcher.ts';

/** Doubles numbers, and tells the batches; batches with a negative number fail. */
function doubler(batchSize: number, kept = 100) {
  const batches: number[][] = [];
  const batcher = new Batcher<number, number>({
    key: String,
    run: async (inputs) => {
      batches.push([...inputs]);
      if (inputs.some((input) => input < 0)) throw new Error('negative');
      return inputs.map((input) => 2 * input);
    },
    batchSize,
    kept,
  });
  const all = (...inputs: number[]) => Promise.all(inputs.map((input) => batcher.get(input)));
  return { batches, batcher, all };
}

test('requests of one turn run together, in batches, each input once', async () => {
  const { batches, all } = doubler(2);
  expect(await all(1, 2, 1, 3)).toEqual([2, 4, 2, 6]);
  expect(batches).toEqual([[1, 2], [3]]);
  expect(await all(3, 4)).toEqual([6, 8]);
  expect(batches).toEqual([[1, 2], [3], [4]]);
});

test('what was asked for longest ago is computed again where too much would be kept', async () => {
  const { batches, all } = doubler(1, 2);
  await all(1);
  await all(2);
  await all(1);
  await all(3);
  await all(1);
  expect(batches.flat()).toEqual([1, 2, 3]);
  await all(2);
  expect(batches.flat()).toEqual([1, 2, 3, 2]);
});

test('a failure is told to all of its batch and to no other, and is not kept', async () => {
  const { batches, batcher } = doubler(2);
  const outcomes = await Promise.allSettled([1, -1, 2].map((input) => batcher.get(input)));
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
  expect(await batcher.get(1)).toBe(2);
  expect(batches).toEqual([[1, -1], [2], [1]]);
});

test('a run that loses outputs is an error', async () => {
  const batcher = new Batcher<number, number>({ key: String, run: async () => [], batchSize: 4, kept: 4 });
  await expect(batcher.get(1)).rejects.toThrow('1 inputs gave 0 outputs');
});
