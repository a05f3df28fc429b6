import { expectAllClose } from '@lusd/testing/allClose';
import { expect, test } from 'vitest';
import { DTypeError, layerNorm, requireGrad, ShapeError, tensor } from '../../src/index.ts';
import { checkGolden } from '../support/checkGolden.ts';
import { device } from '../support/device.ts';

await checkGolden('layerNorm', {
  layerNorm: ([x, weight, bias], { eps }) => layerNorm(x!, weight, bias, eps as number),
});

test('many rows of whole vec4s have mean 0 and variance 1, with or without subgroups', async () => {
  const [rows, channels] = [53, 64];
  const values = Float32Array.from({ length: rows * channels }, (_, i) => 1000 + ((i * 7919) % 101));
  for (const facts of [{}, { subgroupMinSize: 4, subgroupMaxSize: 128, subgroupSizeControl: false }]) {
    using _ = device.tuning.override({ facts });
    using x = tensor(values, { shape: [rows, channels] });
    using y = layerNorm(x, null, null, 0);
    using mean = y.mean(1);
    using variance = y.variance(1, { correction: 0 });
    expectAllClose(await mean.data(), new Float32Array(rows), { atol: 1e-5 });
    expectAllClose(await variance.data(), new Float32Array(rows).fill(1), { rtol: 1e-5 });
  }
});

test('a bias without a weight, and gradients of weight and bias alone', async () => {
  using x = tensor([
    [1, 3],
    [5, 9],
  ]);
  using weight = requireGrad(tensor([1, 1]));
  using bias = requireGrad(tensor([10, 20]));
  using shifted = layerNorm(x, null, bias, 0);
  expectAllClose(await shifted.data(), [9, 21, 9, 21]);
  using y = layerNorm(x, weight, bias, 0);
  y.backward({
    gradient: tensor([
      [1, 2],
      [3, 4],
    ]),
  });
  expectAllClose(await weight.grad!.data(), [-4, 6]);
  expectAllClose(await bias.grad!.data(), [4, 6]);
});

test('errors name the operation and what is wrong', () => {
  using x = tensor([[1, 2, 3]]);
  expect(() => layerNorm(x, tensor([1, 2]))).toThrow(
    new ShapeError('layerNorm: weight must have shape [3], got [2]'),
  );
  expect(() => layerNorm(tensor(1))).toThrow(ShapeError);
  expect(() => layerNorm(tensor([1], { dtype: 'i32' }))).toThrow(DTypeError);
});
