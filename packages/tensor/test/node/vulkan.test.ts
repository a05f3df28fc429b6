import { availableParallelism } from 'node:os';
import { afterEach, expect, test } from 'vitest';
import { balanceLavapipe } from '../../src/node/vulkan.ts';

const before = process.env.LP_NUM_THREADS;

afterEach(() => {
  if (before === undefined) delete process.env.LP_NUM_THREADS;
  else process.env.LP_NUM_THREADS = before;
});

test('lavapipe gets two threads for each core', () => {
  delete process.env.LP_NUM_THREADS;
  balanceLavapipe();
  expect(process.env.LP_NUM_THREADS).toBe(String(2 * availableParallelism()));
});

test('but as many as are asked for', () => {
  process.env.LP_NUM_THREADS = '1';
  balanceLavapipe();
  expect(process.env.LP_NUM_THREADS).toBe('1');
});
