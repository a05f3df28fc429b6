import { currentDevice } from '@lusd/tensor';
import { collectGarbage } from '@lusd/testing/collectGarbage';
import { expect } from 'vitest';

/**
 * Runs `body` and expects it to leave as many buffers on the device as it found. What earlier tests left to the garbage
 * collector is collected before, so that none of it is freed, and missed, between the two counts.
 */
export async function expectNothingLeft(body: () => Promise<unknown>): Promise<void> {
  collectGarbage();
  // Finalizers run in a task of their own.
  await new Promise(setImmediate);
  const before = currentDevice().memory().liveBuffers;
  await body();
  expect(currentDevice().memory().liveBuffers).toBe(before);
}
