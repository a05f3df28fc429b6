import { expect, test } from 'vitest';
import { DTypeError, matmul, ShapeError, tensor, zeros } from '../../src/index.ts';
import { checkGolden } from '../support/checkGolden.ts';
import { describeGemmTiles } from '../support/gemmTiles.ts';

describeGemmTiles(() => checkGolden('matmul', { matmul: ([a, b], args) => matmul(a!, b!, args) }));

test('inner extents that differ are named', () => {
  expect(() => matmul(zeros([2, 3]), zeros([4, 5]))).toThrow(
    new ShapeError('matmul: shapes [2, 3] and [4, 5] do not multiply: 3 != 4'),
  );
});

test('scalars and integers are refused', () => {
  expect(() => matmul(zeros([]), zeros([3, 2]))).toThrow(
    new ShapeError('matmul: needs at least 1 dimension, got a scalar'),
  );
  expect(() => matmul(tensor([[1]], { dtype: 'i32' }), zeros([1, 1]))).toThrow(DTypeError);
});
