import { beforeAll, describe, expect, test } from 'vitest';
import { withSyntheticCheckpoint } from '../src/fullSize/command.ts';
import { measureFullSize } from '../src/fullSize/measureFullSize.ts';
import type { FullSizeResult } from '../src/fullSize/protocol.ts';

const HOUR_MS = 3_600_000;
const GB = 1e9;

// On lavapipe, as everywhere without a GPU: its device memory is the process's own, and it binds 128 MiB.
describe('a Stable Diffusion 1.5 of the real shapes in f16, edited at 512 x 512 on lavapipe', () => {
  let result: FullSizeResult;

  beforeAll(async () => {
    result = await withSyntheticCheckpoint((folder) =>
      measureFullSize({ folder, adapter: 'lavapipe', profile: false }, console.error),
    );
  }, HOUR_MS);

  test('binds 128 MiB', () => {
    expect(result.machine.bindingBytes).toBe(128 * 2 ** 20);
  });

  test('its weights take what their files hold', () => {
    // 1,719,041,928 bytes of UNet, 167,307,726 of autoencoder and 246,120,960 of text encoder; the pool rounds each
    // buffer up by at most an eighth.
    expect(result.loading.deviceBytes).toBeGreaterThan(2.132 * GB);
    expect(result.loading.deviceBytes).toBeLessThan((2.132 * GB * 9) / 8);
  });

  test('loading adds no more to the host’s memory than the largest tensor and 300 MB', () => {
    const { hostBytes, largestTensorBytes } = result.loading;
    expect(largestTensorBytes).toBe(49408 * 768 * 2);
    expect(hostBytes).toBeLessThan(largestTensorBytes + 0.3 * GB);
  });

  test('the edit holds less than 4 GB of device memory', () => {
    expect(result.edit.devicePeakBytes).toBeGreaterThan(result.loading.deviceBytes);
    expect(result.edit.devicePeakBytes).toBeLessThan(4 * GB);
  });

  test('the process stays below 8 GB of resident memory', () => {
    expect(result.residentPeakBytes).toBeGreaterThan(result.edit.devicePeakBytes / 2);
    expect(result.residentPeakBytes).toBeLessThan(8 * GB);
  });
});
