import { expect, test } from 'vitest';
import { cumsum, ShapeError, tensor } from '../../src/index.ts';
import { checkGolden } from '../support/checkGolden.ts';

await checkGolden('cumsum', { cumsum: ([x], { dim }) => cumsum(x!, dim as number) });

test('sums of integers are exact over many parts, and of bool are i32', async () => {
  const values = Int32Array.from({ length: 40_000 }, (_, i) => ((i * 7919) % 13) - 6);
  using x = tensor(values, { shape: [20_000, 2], dtype: 'i32' });
  using y = x.cumsum(0);
  const expected = Int32Array.from(values);
  for (let i = 2; i < expected.length; i++) expected[i]! += expected[i - 2]!;
  expect(await y.data()).toEqual(expected);
  using flags = tensor([1, 1, 0, 1], { dtype: 'bool' }).cumsum(0);
  expect([flags.dtype, ...(await flags.data())]).toEqual(['i32', 1, 2, 2, 3]);
});

test('a dimension that does not exist is named', () => {
  expect(() => tensor([1, 2]).cumsum(1)).toThrow(
    new ShapeError('cumsum: dim 1 does not exist in a tensor of rank 1'),
  );
});
