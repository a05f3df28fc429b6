import { describe, expect, test } from 'vitest';
import { Batcher, type OutputStore } from '../../src/metrics/batcher.ts';

/** Doubles numbers, and tells the batches; batches with a negative number fail. */
function doubler(batchSize: number, kept = 100, store?: OutputStore<number>) {
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
    store,
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

describe('outputs of a store', () => {
  function storeOf(entries: [string, number][]) {
    const outputs = new Map(entries);
    const store: OutputStore<number> = {
      read: async (key) => {
        if (key === '13') throw new Error('unlucky');
        return outputs.get(key) ?? null;
      },
      write: async (key, output) => void outputs.set(key, output),
    };
    return { outputs, store };
  }

  test('are not computed, and those that are missing fill whole batches', async () => {
    const { outputs, store } = storeOf([
      ['1', 100],
      ['4', 400],
    ]);
    const { batches, all } = doubler(3, 100, store);
    expect(await all(1, 2, 3, 4, 5, 6)).toEqual([100, 4, 6, 400, 10, 12]);
    expect(batches).toEqual([[2, 3, 5], [6]]);
    expect(Object.fromEntries(outputs)).toEqual({ 1: 100, 2: 4, 3: 6, 4: 400, 5: 10, 6: 12 });
    const later = doubler(3, 100, store);
    expect(await later.all(1, 2, 3)).toEqual([100, 4, 6]);
    expect(later.batches).toEqual([]);
  });

  test('are written before they are given', async () => {
    const { outputs, store } = storeOf([]);
    const { batcher } = doubler(1, 100, store);
    await batcher.get(2);
    expect([...outputs]).toEqual([['2', 4]]);
  });

  test('that cannot be read or written fail who asked for them', async () => {
    const { store } = storeOf([]);
    const write = () => Promise.reject(new Error('full'));
    const { batcher } = doubler(2, 100, { ...store, write });
    const outcomes = await Promise.allSettled([13, 1].map((input) => batcher.get(input)));
    expect(outcomes.map((outcome) => outcome.status === 'rejected' && String(outcome.reason))).toEqual([
      'Error: unlucky',
      'Error: full',
    ]);
  });
});
