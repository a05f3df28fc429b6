import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { arange, Embedding, Linear, scope, tensor } from '../../src/index.ts';

const ROWS = 7;
const WIDTH = 4;

/** Row i holds 10 i, 10 i + 1, .. */
const row = (i: number) => Array.from({ length: WIDTH }, (_, j) => 10 * i + j);
const rows = (start: number, end: number) =>
  tensor(Array.from({ length: end - start }, (_, i) => row(start + i)));

let table: Embedding;

beforeEach(() => {
  table = new Embedding(ROWS, WIDTH);
  scope(() => table.weight.loadRows('weight', [rows(0, 3), rows(3, 4), rows(4, ROWS)]));
});

afterEach(() => table.dispose());

describe('a table in blocks of rows', () => {
  test.each(['f32', 'f16'] as const)('is read like a whole one, in %s', async (dtype) => {
    table.to(dtype);
    const ids = [0, 2, 3, 4, 6, 3];
    using found = scope(() => table.forward(tensor(ids, { dtype: 'i32' })));
    expect(found.dtype).toBe(dtype);
    expect([...(await found.data())]).toEqual(ids.flatMap(row));
  });

  test('an id outside gives NaN, as in a whole one', async () => {
    using found = scope(() => table.forward(tensor([ROWS, -1], { dtype: 'i32' })));
    expect([...(await found.data())].every(Number.isNaN)).toBe(true);
  });

  test('each block collects the gradient of its own rows', async () => {
    scope(() =>
      table
        .forward(tensor([1, 5, 1], { dtype: 'i32' }))
        .sum()
        .backward(),
    );
    const gradients = await Promise.all(table.weight.rowBlocks.map((block) => block.grad!.data()));
    const zero = new Array(WIDTH).fill(0);
    expect(gradients.map((gradient) => [...gradient])).toEqual([
      [...zero, ...new Array(WIDTH).fill(2), ...zero],
      zero,
      [...zero, ...new Array(WIDTH).fill(1), ...zero],
    ]);
  });

  test('has no single tensor', () => {
    expect(() => table.weight.value).toThrow(
      'value: this parameter of shape [7, 4] lies in 3 blocks; use rowBlocks',
    );
  });
});

describe('loadRows', () => {
  test('refuses blocks that do not add up to the parameter', () => {
    scope(() => {
      expect(() => table.weight.loadRows('weight', [rows(0, 3), rows(4, ROWS)])).toThrow(
        "loadRows: blocks [3, 4], [3, 4] do not add up to 'weight' of shape [7, 4]",
      );
    });
  });

  test("refuses a parameter whose layout is not PyTorch's", () => {
    using linear = new Linear(2, 3);
    scope(() => {
      expect(() => linear.weight.loadRows('weight', [arange(0, 6).reshape([2, 3])])).toThrow(
        'loadRows: blocks [2, 3]',
      );
    });
  });
});
