import { expectAllClose } from '@lusd/testing/allClose';
import { expect, test } from 'vitest';
import type { AttentionTile } from '../../src/gpu/attentionTuning.ts';
import {
  attentionMap,
  attentionProbabilities,
  DTypeError,
  ShapeError,
  scope,
  tensor,
  zeros,
} from '../../src/index.ts';
import { checkGolden, type GoldenOperation } from '../support/checkGolden.ts';
import { device } from '../support/device.ts';

const map: GoldenOperation = ([query, key, mask], args) =>
  attentionMap(query!, key!, { ...args, ...(mask ? { mask } : {}) });

await checkGolden('attentionMap', { attentionMap: map });

const wave = (shape: number[], phase: number) =>
  tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => Math.sin(i * 1.3 + phase)),
    { shape },
  );

/** Tiles that no adapter of the tests would choose by itself, as on real GPUs, at sizes that divide nothing. */
const TILES: AttentionTile[] = [
  { kind: 'shared', rows: 1, columns: 4, lanes: 32, split: 1, sum: 'memory', pin: null },
  { kind: 'shared', rows: 2, columns: 4, lanes: 32, split: 1, sum: 'memory', pin: null },
  { kind: 'shared', rows: 1, columns: 2, lanes: 32, split: 2, sum: 'memory', pin: null },
];

test.each(TILES)('tile $rows x $columns, split $split: as the explicit attention', async (tile) => {
  using query = wave([2, 37, 3, 10], 0);
  using key = wave([2, 41, 3, 10], 1);
  using mask = wave([3, 37, 41], 2);
  for (const headMean of [true, false]) {
    const options = { mask, causal: true, headMean };
    using expected = scope(() => attentionProbabilities(query, key, key, options).probabilities);
    using _ = device.tuning.override({ attentionTile: tile });
    using actual = attentionMap(query, key, options);
    expectAllClose(await actual.data(), await expected.data(), { rtol: 1e-5, label: `headMean ${headMean}` });
  }
});

test('each row sums to 1, and one that sees no key is NaN', async () => {
  using mask = tensor([
    [0, 0],
    [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY],
  ]);
  using x = wave([1, 2, 2, 4], 0);
  using y = attentionMap(x, x, { mask, headMean: true });
  const [a = 0, b = 0, ...hidden] = await y.data();
  expect(a + b).toBeCloseTo(1, 6);
  expect(hidden).toEqual([Number.NaN, Number.NaN]);
});

test('holds no more than the mean over heads, and statistics', () => {
  using x = wave([1, 64, 8, 4], 0);
  // A buffer that is kept for reuse may be larger than what is asked for.
  device.trim();
  const before = device.memory().liveBytes;
  device.resetPeakMemory();
  using _ = attentionMap(x, x, { headMean: true });
  expect(device.memory().peakLiveBytes - before).toBe(4 * (64 * 64 + 2 * 64 * 8));
});

test('operands that do not fit are named', () => {
  const [a, b] = [zeros([1, 2, 3, 4]), zeros([1, 2, 3, 5])];
  expect(() => attentionMap(a, b)).toThrow(ShapeError);
  expect(() => attentionMap(a, b)).toThrow(/attentionMap: .* query \[1, 2, 3, 4\], key \[1, 2, 3, 5\]$/);
  expect(() => attentionMap(a, a.cast('f16'))).toThrow(DTypeError);
  expect(() => attentionMap(a, a, { mask: zeros([3, 3]) })).toThrow(/mask of shape \[3, 3\]/);
});
