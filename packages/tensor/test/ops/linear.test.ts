import { expect, test } from 'vitest';
import { DTypeError, type LinearActivation, linear, ShapeError, zeros } from '../../src/index.ts';
import { checkGolden } from '../support/checkGolden.ts';
import { describeGemmTiles } from '../support/gemmTiles.ts';
import { linearsOf } from '../support/linearsOf.ts';

describeGemmTiles(async () => {
  await checkGolden('linears', { linears: linearsOf });
  await checkGolden('linear', {
    linear: ([x, weight, bias]) => linear(x!, weight!, bias),
    linearAdd: ([x, weight, bias, add]) => linear(x!, weight!, bias, { add }),
    linearActivated: ([x, weight, bias], { activation }) =>
      linear(x!, weight!, bias, { activation: activation as LinearActivation }),
  });
});

test('shapes that do not fit are named', () => {
  expect(() => linear(zeros([2, 3]), zeros([4, 5]))).toThrow(
    new ShapeError('linear: x [2, 3] needs a weight [3, out], got [4, 5]'),
  );
  expect(() => linear(zeros([2, 3]), zeros([3, 5]), zeros([4]))).toThrow(
    new ShapeError('linear: the bias must have shape [5], got [4]'),
  );
  expect(() => linear(zeros([2, 3]), zeros([3, 5]), null, { add: zeros([5]) })).toThrow(
    new ShapeError('linear: what is added must have shape [2, 5], got [5]'),
  );
  expect(() => linear(zeros([2, 3]), zeros([3, 5]), null, { activation: 'geglu' })).toThrow(
    new ShapeError('linear: geglu halves the features, and 5 is odd'),
  );
});

test('integers are refused', () => {
  expect(() => linear(zeros([2, 3]), zeros([3, 5], { dtype: 'i32' }))).toThrow(DTypeError);
});
