import { expect, test } from 'vitest';
import { politeWait } from '../../src/node/politeWait.ts';

/** Resolves after so many turns of the event loop, as Dawn does when the device is ready. */
async function turns(count: number): Promise<number> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
  return count;
}

test('gives what is awaited, several at once and again, while the event loop turns', async () => {
  expect(await Promise.all([politeWait(turns(20)), politeWait(turns(3))])).toEqual([20, 3]);
  expect(await politeWait(turns(5))).toBe(5);
});

test('rejects as what is awaited', async () => {
  await expect(politeWait(Promise.reject(new Error('lost')))).rejects.toThrow('lost');
  expect(await politeWait(turns(2))).toBe(2);
});
