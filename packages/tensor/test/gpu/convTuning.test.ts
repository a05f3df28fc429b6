import { expect, test } from 'vitest';
import { winogradTileFor } from '../../src/gpu/convTuning.ts';
import { NVIDIA } from '../support/adapterFacts.ts';

const software = (subgroups: number) => ({
  ...NVIDIA,
  software: true,
  subgroupMinSize: subgroups,
  subgroupMaxSize: subgroups,
});
const size = (inChannels: number, outChannels: number, side = 32) => ({
  images: 1,
  outHeight: side,
  outWidth: side,
  inChannels,
  outChannels,
  halves: false,
});

test.each([
  ['SwiftShader', 4, size(320, 320), 4],
  ['SwiftShader', 4, size(16, 16), 4],
  ['SwiftShader', 4, size(4, 320), null],
  ['SwiftShader', 4, { ...size(96, 96, 8), images: 2 }, 4],
  ['SwiftShader', 4, size(96, 96, 8), null],
  ['lavapipe', 8, size(320, 320), 4],
  ['lavapipe', 8, size(32, 32), 4],
  ['lavapipe', 8, size(16, 16), null],
  ['lavapipe', 8, { ...size(96, 96, 8), images: 2 }, null],
  ['lavapipe', 8, { ...size(64, 64), halves: true }, null],
  ['lavapipe', 8, { ...size(320, 320), halves: true }, 4],
  ['SwiftShader', 4, { ...size(64, 64), halves: true }, 4],
  // 236 MB of transformed weights.
  ['lavapipe', 8, size(1280, 1280, 8), 2],
  ['lavapipe', 8, size(1280, 1280, 4), null],
] as const)("%s, subgroups of %i, %j: Winograd's tiles of %s", (_, subgroups, sizes, expected) => {
  expect(winogradTileFor(software(subgroups), sizes)).toBe(expected);
});

test('on GPUs convolutions are summed directly', () => {
  expect(winogradTileFor(NVIDIA, size(320, 320))).toBeNull();
});
