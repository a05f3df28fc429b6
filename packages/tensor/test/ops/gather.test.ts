import { expect, test } from 'vitest';
import * as ops from '../../src/index.ts';
import { DTypeError, requireGrad, ShapeError, scope, tensor } from '../../src/index.ts';
import { checkGolden } from '../support/checkGolden.ts';

await checkGolden('indexing', {
  embedding: ([weight, ids]) => ops.embedding(weight!, ids!),
  gather: ([x, index], args) => x!.gather(args.dim as number, index!),
  indexSelect: ([x, index], args) => x!.indexSelect(args.dim as number, index!),
});

const index = (values: number[]) => tensor(values, { dtype: 'i32' });
const missing = Number.NaN;

test('an index outside the dimension gives NaN, 0 for integers, and no gradient', async () => {
  const x = requireGrad(
    tensor([
      [1, 2],
      [3, 4],
    ]),
  );
  scope(() => {
    const y = x.indexSelect(0, index([1, 2, -1]));
    y.backward({
      gradient: tensor([
        [5, 6],
        [7, 8],
        [9, 10],
      ]),
    });
  });
  expect(Array.from(await x.grad!.data())).toEqual([0, 0, 5, 6]);
  const wild = index([1, 2 ** 31 - 1, -(2 ** 31), 0]);
  for (const dtype of ['f32', 'f16'] as const) {
    const picked = tensor([6, 7], { dtype }).gather(0, wild);
    expect(Array.from(await picked.data())).toEqual([7, missing, missing, 6]);
  }
  expect(Array.from(await tensor([6, 7], { dtype: 'i32' }).gather(0, wild).data())).toEqual([7, 0, 0, 6]);
  const rows = ops.embedding(tensor([[1, 2, 3, 4]]), index([1, 0]));
  expect(Array.from(await rows.data())).toEqual([missing, missing, missing, missing, 1, 2, 3, 4]);
});

test('repeated indices add up in the same order every time', async () => {
  const weight = requireGrad(ops.full([3, 8], 0.1));
  const ids = index(Array.from({ length: 1000 }, (_, i) => i % 3));
  const gradient = ops.arange(0, 8000).reshape([1000, 8]).sin();
  const runs: number[][] = [];
  for (let run = 0; run < 2; run++) {
    scope(() => ops.embedding(weight, ids).backward({ gradient }));
    runs.push(Array.from(await weight.grad!.data()));
    weight.grad?.dispose();
    weight.grad = null;
  }
  expect(runs[0]).toEqual(runs[1]);
});

test('indices must be integers of a shape that fits', () => {
  const x = tensor([
    [1, 2],
    [3, 4],
  ]);
  expect(() => x.gather(0, tensor([[0, 1]]))).toThrow(
    new DTypeError('gather: an index must be i32 or u32, got f32; cast it first'),
  );
  expect(() => x.gather(0, tensor([[0, 1, 1]], { dtype: 'i32' }))).toThrow(
    new ShapeError('gather: index [1, 3] does not fit x [2, 2] outside dim 0'),
  );
  expect(() => x.gather(0, index([0]))).toThrow(ShapeError);
  expect(() => x.indexSelect(0, tensor([[0]], { dtype: 'i32' }))).toThrow(
    'indexSelect: index must be a vector, got [1, 1]',
  );
  expect(() => ops.embedding(tensor([1, 2]), index([0]))).toThrow(
    'embedding: weight must be [V, C], got [2]',
  );
});
