import { availableParallelism } from 'node:os';
import { afterEach, expect, test } from 'vitest';
import { withBalancedLavapipe } from '../../src/node/vulkan.ts';

const before = process.env.LP_NUM_THREADS;
const threads = () => process.env.LP_NUM_THREADS;

afterEach(() => {
  if (before === undefined) delete process.env.LP_NUM_THREADS;
  else process.env.LP_NUM_THREADS = before;
});

test('lavapipe gets two threads for each core, and the process keeps its variables', () => {
  delete process.env.LP_NUM_THREADS;
  expect(withBalancedLavapipe(threads)).toBe(String(2 * availableParallelism()));
  expect(threads()).toBeUndefined();
});

test('but as many as are asked for', () => {
  process.env.LP_NUM_THREADS = '1';
  expect(withBalancedLavapipe(threads)).toBe('1');
  expect(threads()).toBe('1');
});
