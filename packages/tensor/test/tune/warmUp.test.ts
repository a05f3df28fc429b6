import { afterEach, expect, test, vi } from 'vitest';
import { warmUp } from '../../src/tune/warmUp.ts';
import { device } from '../support/device.ts';

afterEach(() => {
  vi.useRealTimers();
});

test('the body is run until 200 ms have passed', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  let runs = 0;
  await warmUp(device, () => {
    runs++;
    vi.advanceTimersByTime(75);
  });
  expect(runs).toBe(3);
});

test('what the body throws ends it', async () => {
  let runs = 0;
  const failing = () => {
    runs++;
    throw new Error('no');
  };
  await expect(warmUp(device, failing)).rejects.toThrow('no');
  expect(runs).toBe(1);
});
