import { expect, test } from 'vitest';
import { DTypeError, geglu, ShapeError, tensor } from '../../src/index.ts';
import { checkGolden } from '../support/checkGolden.ts';

await checkGolden('geglu', { geglu: ([x]) => geglu(x!) });

test('f16 halves of a product that overflows become infinite, not NaN', async () => {
  const x = tensor([60000, -60000, 1, 1, 60000, 60000, 1, -60000], { dtype: 'f16' });
  expect(Array.from(await geglu(x).data())).toEqual([Infinity, -Infinity, expect.closeTo(0.8413, 3), -0]);
});

test('needs two halves of floats', () => {
  expect(() => geglu(tensor([1, 2, 3]))).toThrow(
    new ShapeError('geglu: the last dimension of [3] has an odd extent'),
  );
  expect(() => geglu(tensor(1))).toThrow(ShapeError);
  expect(() => geglu(tensor([1, 2], { dtype: 'i32' }))).toThrow(DTypeError);
});
