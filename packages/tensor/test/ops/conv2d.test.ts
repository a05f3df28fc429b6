import { expectAllClose } from '@lusd/testing/allClose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { conv2d, DTypeError, ShapeError, TorchCpuGenerator, tensor, zeros } from '../../src/index.ts';
import { checkGolden } from '../support/checkGolden.ts';
import { device } from '../support/device.ts';
import { describeGemmTiles } from '../support/gemmTiles.ts';

const golden = async () => {
  await checkGolden('conv2dUpsampled', {
    conv2dUpsampled: ([x, weight, bias], args) => conv2d(x!, weight!, bias, args),
  });
  await checkGolden('conv2d', {
    conv2d: ([x, weight, bias], args) => conv2d(x!, weight!, bias, args),
    conv2dAdd: ([x, weight, bias, add], args) => conv2d(x!, weight!, bias, { ...args, add }),
  });
};

describeGemmTiles(golden);

describe.each([2, 4] as const)(
  "Winograd's algorithm with tiles of %i, wherever it can be",
  async (winograd) => {
    let override: Disposable;
    beforeAll(() => {
      override = device.tuning.override({ winograd });
    });
    afterAll(() => override[Symbol.dispose]());
    await golden();
  },
);

test('shapes and options that do not fit are named', () => {
  const x = zeros([1, 4, 4, 6]);
  const failures: [() => unknown, string][] = [
    [
      () => conv2d(zeros([4, 4, 6]), zeros([1, 1, 6, 2])),
      'conv2d: needs x [N, H, W, Cin], got shape [4, 4, 6]',
    ],
    [
      () => conv2d(x, zeros([3, 3, 5, 2])),
      'conv2d: weight [3, 3, 5, 2] in 1 groups does not fit the 6 channels of x [1, 4, 4, 6]',
    ],
    [
      () => conv2d(x, zeros([3, 3, 3, 3]), null, { groups: 2 }),
      'conv2d: weight [3, 3, 3, 3] in 2 groups does not fit the 6 channels of x [1, 4, 4, 6]',
    ],
    [
      () => conv2d(x, zeros([5, 5, 6, 2])),
      'conv2d: the padded image of x [1, 4, 4, 6] is smaller than the kernel of weight [5, 5, 6, 2]',
    ],
    [() => conv2d(x, zeros([3, 3, 6, 2]), zeros([3])), 'conv2d: the bias must have shape [2], got [3]'],
    [
      () => conv2d(x, zeros([3, 3, 6, 2]), null, { add: zeros([1, 2, 1, 2]) }),
      'conv2d: what is added must have shape [1, 2, 2, 2], [1, 1, 1, 2] or [1, 1, 1, 2], got [1, 2, 1, 2]',
    ],
    [
      () => conv2d(x, zeros([3, 3, 6, 2]), null, { stride: 0 }),
      'conv2d: stride must be an integer of at least 1, got 0',
    ],
    [
      () => conv2d(x, zeros([3, 3, 6, 2]), null, { upsample: [2, 0.5] }),
      'conv2d: upsample must be an integer of at least 1, got 0.5',
    ],
  ];
  for (const [call, message] of failures) expect(call).toThrow(new ShapeError(message));
});

test('integers are refused', () => {
  expect(() => conv2d(zeros([1, 2, 2, 1], { dtype: 'i32' }), zeros([1, 1, 1, 1]))).toThrow(DTypeError);
});

test("Winograd's algorithm goes over a large picture in parts, to the direct sums' result", async () => {
  const random = new TorchCpuGenerator(0);
  const normal = (...shape: number[]) =>
    tensor(random.randn(shape.reduce((product, extent) => product * extent)), { shape });
  using x = normal(1, 131, 128, 64);
  using weight = normal(3, 3, 64, 64);
  const convolved = async (winograd: 2 | 4 | null) => {
    using _ = device.tuning.override({ winograd });
    using y = conv2d(x, weight, null, { padding: 1 });
    return y.data('f32');
  };
  const direct = await convolved(null);
  const largest = direct.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  expectAllClose(await convolved(2), direct, { rtol: 0, atol: 1e-6 * largest });
  expectAllClose(await convolved(4), direct, { rtol: 0, atol: 5e-6 * largest });
});
