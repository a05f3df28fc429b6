import { expectAllClose } from '@lusd/testing/allClose';
import { expect, test } from 'vitest';
import {
  argmax,
  argmin,
  DTypeError,
  max,
  mean,
  min,
  norm,
  type ReduceOptions,
  requireGrad,
  ShapeError,
  std,
  sum,
  type Tensor,
  TensorError,
  tensor,
  variance,
} from '../../src/index.ts';
import { checkGolden, type GoldenOperation } from '../support/checkGolden.ts';
import { device } from '../support/device.ts';

type Options = ReduceOptions & { correction?: number };
type Reduce = (x: Tensor, axes?: number | readonly number[], options?: Options) => Tensor;

const reduction =
  (op: Reduce): GoldenOperation =>
  ([x], { dim, ...options }) =>
    op(x!, dim as number | number[] | undefined, options as Options);

await checkGolden('reduce', {
  sum: reduction(sum),
  mean: reduction(mean),
  var: reduction(variance),
  std: reduction(std),
  min: reduction(min),
  max: reduction(max),
  norm: ([x], { dim, keepdim = false, p = 2 }) =>
    norm(x!, dim as number | number[] | undefined, {
      keepdim: keepdim as boolean,
      p: typeof p === 'string' ? Number(p.replace('inf', 'Infinity')) : (p as number),
    }),
  argmin: reduction(argmin as Reduce),
  argmax: reduction(argmax as Reduce),
});

/** Integers below 8, so that sums of thousands are exact in f32. */
const small = (count: number) => Int32Array.from({ length: count }, (_, i) => (i * i * 7 + 3 * i) % 8);

test.each([
  { shape: [3, 5000], axis: 1, what: 'long rows of whole vec4s, in chunks' },
  { shape: [2, 4999], axis: 1, what: 'long odd rows' },
  { shape: [4097, 3], axis: 0, what: 'long odd columns' },
  { shape: [2, 3000, 8], axis: 1, what: 'long columns of whole vec4s' },
  { shape: [700, 20], axis: 1, what: 'more rows than a workgroup holds' },
])('$what: the sum is exact and the first maximum is found', async ({ shape, axis }) => {
  const count = shape.reduce((a, b) => a * b);
  const values = small(count);
  const inner = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const length = shape[axis]!;
  const lines = Array.from({ length: count / length }, (_, line) =>
    Array.from(
      { length },
      (_, i) => values[(Math.floor(line / inner) * length + i) * inner + (line % inner)]!,
    ),
  );
  for (const facts of [
    {},
    { subgroupMinSize: 4, subgroupMaxSize: 128, subgroupSizeControl: false },
    { software: false },
  ]) {
    using _ = device.tuning.override({ facts });
    for (const dtype of ['f32', 'i32'] as const) {
      using x = tensor(values, { shape, dtype });
      using total = x.sum(axis);
      using first = x.argmax(axis);
      expect(total.dtype).toBe(dtype);
      expect(Array.from(await total.data())).toEqual(lines.map((line) => line.reduce((a, b) => a + b)));
      expect(Array.from(await first.data())).toEqual(lines.map((line) => line.indexOf(Math.max(...line))));
    }
  }
});

test('sums of bool are i32, and extremes keep the dtype', async () => {
  using flags = tensor([1, 0, 1, 1], { dtype: 'bool' });
  using count = flags.sum();
  expect([count.dtype, await count.item()]).toEqual(['i32', 3]);
  using half = tensor([1, -2, 3], { dtype: 'f16' });
  using least = half.min();
  expect([least.dtype, await least.item()]).toEqual(['f16', -2]);
});

test('a row of -Infinity has the maximum -Infinity', async () => {
  using x = tensor([-Infinity, -Infinity]);
  using largest = x.max();
  using at = x.argmax();
  expect([await largest.item(), await at.item()]).toEqual([-Infinity, 0]);
});

test('the mean of nothing and the variance of one element are NaN', async () => {
  using nothing = tensor([], { shape: [0] }).mean();
  using one = tensor([3]).variance();
  expect([await nothing.item(), await one.item()]).toEqual([Number.NaN, Number.NaN]);
});

test('the standard deviation of equals is 0 and has the gradient 0', async () => {
  using x = requireGrad(tensor([3.25, 3.25, 3.25, 3.25]));
  using y = x.std();
  y.backward();
  expect(await y.item()).toBe(0);
  expectAllClose(await x.grad!.data(), [0, 0, 0, 0]);
});

test('a scalar has the dimensions 0 and -1 and no other, as in torch', async () => {
  using x = tensor(3);
  for (const axis of [0, -1]) {
    const results = [x.sum(axis), x.max(axis), x.norm(axis), x.argmax(axis), x.cumsum(axis), x.softmax(axis)];
    expect(await Promise.all(results.map((y) => y.item()))).toEqual([3, 3, 3, 0, 3, 1]);
    expect(results.map((y) => y.shape)).toEqual(results.map(() => []));
    for (const y of results) y.dispose();
  }
  expect(() => x.sum(1)).toThrow(new ShapeError('sum: dim 1 does not exist in a tensor of rank 0'));
});

test('errors name the operation and what is wrong', () => {
  using x = tensor([], { shape: [0, 3] });
  expect(() => x.max(0)).toThrow(
    new ShapeError('max: shape [0, 3] has no elements along the reduced dimensions'),
  );
  expect(() => x.argmin()).toThrow(ShapeError);
  expect(() => x.sum(2)).toThrow(new ShapeError('sum: dim 2 does not exist in a tensor of rank 2'));
  expect(() => x.mean([0, -2])).toThrow(new ShapeError('mean: dimensions [0, -2] repeat'));
  expect(() => norm(x, 0, { p: NaN })).toThrow(new TensorError('norm: p must be a number, got NaN'));
  for (const p of [Infinity, -Infinity, -1]) {
    expect(() => norm(x, 0, { p })).toThrow(
      new ShapeError('norm: shape [0, 3] has no elements along the reduced dimensions'),
    );
  }
  expect(() => tensor([1], { dtype: 'i32' }).norm()).toThrow(DTypeError);
});
