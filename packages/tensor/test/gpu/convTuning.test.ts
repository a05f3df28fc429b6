import { expect, test } from 'vitest';
import { suitsWinograd } from '../../src/gpu/convTuning.ts';
import { NVIDIA } from '../support/adapterFacts.ts';

const software = (subgroups: number) => ({
  ...NVIDIA,
  software: true,
  subgroupMinSize: subgroups,
  subgroupMaxSize: subgroups,
});
const size = (inChannels: number, outChannels: number, tiles = 256) => ({ inChannels, outChannels, tiles });

test.each([
  ['SwiftShader', 4, size(320, 320), true],
  ['SwiftShader', 4, size(32, 32), true],
  ['SwiftShader', 4, size(16, 16), false],
  ['lavapipe', 8, size(320, 320), true],
  ['lavapipe', 8, size(64, 64), true],
  ['lavapipe', 8, size(32, 32), false],
  ['lavapipe', 8, size(4, 320), false],
  ['lavapipe', 8, size(320, 320, 4), false],
] as const)("%s, subgroups of %i, %j: Winograd's algorithm %s", (_, subgroups, sizes, expected) => {
  expect(suitsWinograd(software(subgroups), sizes)).toBe(expected);
});

test('on GPUs convolutions are summed directly', () => {
  expect(suitsWinograd(NVIDIA, size(320, 320))).toBe(false);
});
