import { describe, expect, test } from 'vitest';
import { avgPool2d, DTypeError, maxPool2d, ShapeError, tensor, zeros } from '../../src/index.ts';
import { checkGolden } from '../support/checkGolden.ts';

await checkGolden('pool2d', {
  maxPool2d: ([x], { kernelSize, ...options }) => maxPool2d(x!, kernelSize as number, options),
  avgPool2d: ([x], { kernelSize, ...options }) => avgPool2d(x!, kernelSize as number, options),
});

test("SqueezeNet's pools make 8 pixels 4, then 2 and 1", () => {
  let extent = 8;
  const extents: number[] = [];
  for (let i = 0; i < 3; i++) {
    const stride = { stride: 2, ceilMode: true };
    [, extent] = maxPool2d(zeros([1, extent, extent, 1]), 3, stride).shape as [number, number];
    extents.push(extent);
  }
  expect(extents).toEqual([4, 2, 1]);
});

describe.each([1, 4])('with %i channels', (channels) => {
  const row = (values: readonly number[]) =>
    tensor(
      values.flatMap((value) => new Array<number>(channels).fill(value)),
      {
        shape: [1, 1, values.length, channels],
      },
    );
  const firstChannel = (data: ArrayLike<number>) => Array.from(data).filter((_, i) => i % channels === 0);

  test('NaN is the largest, wherever it is, and minus infinity the smallest', async () => {
    const x = row([Number.NaN, 1, 2, Number.NaN, -Infinity, -Infinity, -7, Infinity]);
    const pooled = firstChannel(await maxPool2d(x, [1, 2]).data());
    expect(pooled).toEqual([Number.NaN, Number.NaN, -Infinity, Infinity]);
  });

  test('padding is never the largest, and counts as 0 in a mean unless it is left out', async () => {
    const x = row([-4, -2, -6]);
    const options = { stride: 1, padding: [0, 1] } as const;
    expect(firstChannel(await maxPool2d(x, [1, 3], options).data())).toEqual([-2, -2, -2]);
    expect(firstChannel(await avgPool2d(x, [1, 3], options).data())).toEqual(
      [-2, -4, -8 / 3].map(Math.fround),
    );
    const inside = { ...options, countIncludePad: false };
    expect(firstChannel(await avgPool2d(x, [1, 3], inside).data())).toEqual([-3, -4, -4]);
  });
});

test('shapes and options that do not fit are named', () => {
  const x = zeros([1, 4, 5, 3]);
  const failures: [() => unknown, Error][] = [
    [
      () => maxPool2d(zeros([4, 5, 3]), 2),
      new ShapeError('maxPool2d: needs images [N, H, W, C] with pixels, got [4, 5, 3]'),
    ],
    [
      () => avgPool2d(zeros([1, 0, 5, 3]), 2),
      new ShapeError('avgPool2d: needs images [N, H, W, C] with pixels, got [1, 0, 5, 3]'),
    ],
    [() => maxPool2d(x, 0), new ShapeError('maxPool2d: kernelSize must be an integer of at least 1, got 0')],
    [
      () => maxPool2d(x, 2, { stride: [1, 0.5] }),
      new ShapeError('maxPool2d: stride must be an integer of at least 1, got 0.5'),
    ],
    [
      () => avgPool2d(x, 2, { padding: -1 }),
      new ShapeError('avgPool2d: padding must be an integer of at least 0, got -1'),
    ],
    [
      () => avgPool2d(x, 3, { padding: 2 }),
      new ShapeError('avgPool2d: padding 2 is more than half of a window of 3'),
    ],
    [() => maxPool2d(x, 5), new ShapeError('maxPool2d: a window of 5 does not fit 4 pixels with padding 0')],
  ];
  for (const [call, error] of failures) expect(call).toThrow(error);
  expect(() => maxPool2d(tensor([1], { shape: [1, 1, 1, 1], dtype: 'i32' }), 1)).toThrow(DTypeError);
});
