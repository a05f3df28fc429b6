import { describe, expect, test } from 'vitest';
import * as ops from '../../src/index.ts';
import {
  arange,
  DTypeError,
  type InterpolateOptions,
  ShapeError,
  type Tensor,
  tensor,
} from '../../src/index.ts';
import { checkGolden, type GoldenOperation } from '../support/checkGolden.ts';

type Interpolate = (x: Tensor, size: ops.ImageSize, options: InterpolateOptions) => Tensor;
const smooth =
  (op: Interpolate): GoldenOperation =>
  ([x], args) =>
    op(x!, args.size as [number, number], { alignCorners: args.alignCorners as boolean });

await checkGolden('interpolate', {
  upsampleNearest: ([x], args) => ops.upsampleNearest(x!, args.size as [number, number]),
  interpolateBilinear: smooth(ops.interpolateBilinear),
  interpolateBicubic: smooth(ops.interpolateBicubic),
});

describe('upsampleNearest', () => {
  test.each([
    [3, 7],
    [7, 3],
    [5, 9],
    [3, 12],
    [64, 127],
    [41, 1000],
  ])('%i pixels to %i are floor(i in / out)', async (from, to) => {
    const y = ops.upsampleNearest(arange(0, from).reshape([1, 1, from, 1]), [2, to]);
    const row = Array.from({ length: to }, (_, i) => Math.floor((i * from) / to));
    expect(Array.from(await y.data())).toEqual([...row, ...row]);
  });

  test('hands every gradient to exactly one pixel', async () => {
    for (const [from, to] of [
      [3, 7],
      [7, 3],
      [64, 127],
    ] as const) {
      const x = ops.requireGrad(ops.ones([1, from, 1, 4]));
      ops.upsampleNearest(x, [to, 1]).backward({ gradient: ops.ones([1, to, 1, 4]) });
      const counts = new Array<number>(from).fill(0);
      for (let i = 0; i < to; i++) counts[Math.floor((i * from) / to)]!++;
      expect(Array.from(await x.grad!.data())).toEqual(
        counts.flatMap((count) => [count, count, count, count]),
      );
    }
  });
});

test('bilinear keeps a ramp a ramp over a thousand pixels', async () => {
  const y = ops.interpolateBilinear(arange(0, 1000).reshape([1, 1, 1000, 1]), [1, 1999], {
    alignCorners: true,
  });
  expect(Array.from(await y.data())).toEqual(Array.from({ length: 1999 }, (_, i) => i / 2));
});

test('images must be floats with pixels, sizes positive', () => {
  const image = ops.ones([1, 2, 2, 1]);
  expect(() => ops.upsampleNearest(ops.ones([2, 2, 1]), [4, 4])).toThrow(
    new ShapeError('upsampleNearest: needs images [N, H, W, C] with pixels, got [2, 2, 1]'),
  );
  expect(() => ops.interpolateBilinear(ops.ones([1, 0, 2, 1]), [4, 4])).toThrow(ShapeError);
  expect(() => ops.interpolateBicubic(image, [0, 4])).toThrow(
    'interpolateBicubic: size [0, 4] is not a height and a width in pixels',
  );
  expect(() => ops.interpolateBicubic(image, [1, 2 ** 29])).toThrow('overflows 32 bits');
  expect(() => ops.upsampleNearest(tensor([1], { shape: [1, 1, 1, 1], dtype: 'i32' }), [2, 2])).toThrow(
    DTypeError,
  );
});
