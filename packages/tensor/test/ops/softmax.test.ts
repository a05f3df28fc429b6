import { expectAllClose } from '@lusd/testing/allClose';
import { expect, test } from 'vitest';
import { DTypeError, logSoftmax, ShapeError, softmax, sum, tensor } from '../../src/index.ts';
import { checkGolden } from '../support/checkGolden.ts';
import { device } from '../support/device.ts';

await checkGolden('softmax', {
  softmax: ([x], { dim }) => softmax(x!, dim as number),
  logSoftmax: ([x], { dim }) => logSoftmax(x!, dim as number),
});

test.each([
  { shape: [37, 77], axis: 1 },
  { shape: [37, 80], axis: 1 },
  { shape: [3, 70, 12], axis: 1 },
])(
  '$shape along dim $dim sums to 1 and does not see a shift, with or without subgroups',
  async ({ shape, axis }) => {
    const count = shape.reduce((a, b) => a * b);
    const values = Float32Array.from({ length: count }, (_, i) => ((i * 7919) % 101) / 16);
    for (const facts of [{}, { subgroupMinSize: 4, subgroupMaxSize: 128, subgroupSizeControl: false }]) {
      using _ = device.tuning.override({ facts });
      using x = tensor(values, { shape });
      using shifted = x.add(256);
      using y = softmax(x, axis);
      using total = sum(y, axis);
      expectAllClose(await total.data(), new Float32Array(total.size).fill(1), { rtol: 1e-6 });
      using z = softmax(shifted, axis);
      expectAllClose(await z.data(), await y.data(), { rtol: 1e-6, atol: 0 });
    }
  },
);

test('a masked element gets nothing, and a row without others NaN', async () => {
  using y = softmax(
    tensor([
      [0, -Infinity],
      [-Infinity, -Infinity],
    ]),
    1,
  );
  expect(Array.from(await y.data())).toEqual([1, 0, Number.NaN, Number.NaN]);
});

test('errors name the operation and what is wrong', () => {
  expect(() => softmax(tensor([1, 2]), 1)).toThrow(
    new ShapeError('softmax: dim 1 does not exist in a tensor of rank 1'),
  );
  expect(() => logSoftmax(tensor([1, 2], { dtype: 'i32' }), 0)).toThrow(DTypeError);
});
