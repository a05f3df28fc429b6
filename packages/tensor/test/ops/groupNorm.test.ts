import { expectAllClose } from '@lusd/testing/allClose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  DTypeError,
  groupNorm,
  groupNormSilu,
  requireGrad,
  ShapeError,
  tensor,
  zeros,
} from '../../src/index.ts';
import { checkGolden, type GoldenOperation } from '../support/checkGolden.ts';
import { device } from '../support/device.ts';

const norm =
  (op: typeof groupNorm): GoldenOperation =>
  ([x, weight, bias], { numGroups, eps }) =>
    op(x!, numGroups as number, weight, bias, eps as number);

/** Subgroups that have no one size cannot be counted on. */
const NO_SUBGROUPS = { subgroupMinSize: 4, subgroupMaxSize: 128, subgroupSizeControl: false };

describe.each([
  ['a subgroup a group, as on software adapters', {}],
  ['in parts', { facts: NO_SUBGROUPS }],
  ['a workgroup a group, as on GPUs', { facts: { software: false } }],
])('%s', async (_, tuning) => {
  let override: Disposable;
  beforeAll(() => {
    override = device.tuning.override(tuning);
  });
  afterAll(() => override[Symbol.dispose]());
  await checkGolden('groupNorm', { groupNorm: norm(groupNorm), groupNormSilu: norm(groupNormSilu) });
});

// The groups of the second are too large for one workgroup each.
test.each([
  [2, 3000],
  [1, 14000],
])(
  '%i times %i pixels about a large mean: mean 0 and variance 1, with or without subgroups',
  async (samples, pixels) => {
    const [groups, perGroup] = [4, 10];
    const values = Float32Array.from(
      { length: samples * pixels * groups * perGroup },
      (_, i) => 1000 + ((i * 7919) % 1009) / 500,
    );
    for (const facts of [{}, NO_SUBGROUPS, { software: false }]) {
      using _ = device.tuning.override({ facts });
      using x = tensor(values, { shape: [samples, pixels, groups * perGroup] });
      using y = groupNorm(x, groups, null, null, 0);
      using grouped = y.reshape([samples, pixels, groups, perGroup]);
      using mean = grouped.mean([1, 3]);
      using variance = grouped.variance([1, 3], { correction: 0 });
      expectAllClose(await mean.data(), new Float32Array(samples * groups), { atol: 1e-4 });
      expectAllClose(await variance.data(), new Float32Array(samples * groups).fill(1), { rtol: 1e-4 });
    }
  },
);

test('one first pixel far away from all others does not spoil the variance', async () => {
  const pixels = 4096;
  const values = new Float32Array(pixels * 4).fill(0);
  for (let i = 4; i < values.length; i++) values[i] = i % 8 < 4 ? 1 : -1;
  values.fill(1000, 0, 4);
  const mean = 999 / pixels;
  const sd = Math.sqrt((1e6 + pixels - 1) / pixels - mean * mean);
  const expected = [1000, -1, 1].flatMap((v) => Array(4).fill((v - mean) / sd));
  for (const facts of [{}, { software: false }]) {
    using _ = device.tuning.override({ facts });
    using x = tensor(values, { shape: [1, pixels, 4] });
    using y = groupNorm(x, 1, null, null, 0);
    expectAllClose((await y.data()).slice(0, 12), expected, { rtol: 1e-5 });
  }
});

test('a bias alone receives its gradient through the silu', async () => {
  using bias = requireGrad(tensor([0, 0]));
  using y = groupNormSilu(tensor([[1, 3]]), 1, null, bias, 0);
  y.backward({ gradient: tensor([[1, 2]]) });
  const slope = (v: number) => {
    const s = 1 / (1 + Math.exp(-v));
    return s * (1 + v * (1 - s));
  };
  expectAllClose(await bias.grad!.data(), [slope(-1), 2 * slope(1)]);
});

test('images without pixels give none, and no gradient', async () => {
  using weight = requireGrad(tensor([1, 2, 3, 4]));
  using y = groupNorm(zeros([2, 0, 4]), 2, weight);
  expect(y.shape).toEqual([2, 0, 4]);
  y.backward({ gradient: zeros([2, 0, 4]) });
  expect(Array.from(await weight.grad!.data())).toEqual([0, 0, 0, 0]);
});

test('errors name the operation and what is wrong', () => {
  using x = zeros([1, 2, 2, 6]);
  expect(() => groupNorm(x, 4)).toThrow(
    new ShapeError('groupNorm: 6 channels of shape [1, 2, 2, 6] do not make 4 groups'),
  );
  expect(() => groupNormSilu(x, 2, null, zeros([3]))).toThrow(
    new ShapeError('groupNormSilu: bias must have shape [6], got [3]'),
  );
  expect(() => groupNorm(zeros([6]), 2)).toThrow(ShapeError);
  expect(() => groupNorm(zeros([1, 6], { dtype: 'i32' }), 2)).toThrow(DTypeError);
});
