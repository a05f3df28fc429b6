import { describe, expect, test } from 'vitest';
import { dims, ShapeError } from '../../src/index.ts';
import { extentOf } from '../../src/shape.ts';

describe('dims', () => {
  test('gives one extent for every dimension named', () => {
    const [height, width]: readonly [number, number] = dims('op', { shape: [3, 5] }, ['H', 'W']);
    expect([height, width]).toEqual([3, 5]);
    expect(dims('op', { shape: [] }, [])).toEqual([]);
  });

  test('names the operation, the operand, its dimensions and the shape it has', () => {
    expect(() => dims('conv2d', { shape: [3, 5] }, ['N', 'H', 'W', 'C'])).toThrow(
      new ShapeError('conv2d: x must be [N, H, W, C], got [3, 5]'),
    );
    expect(() => dims('linear', { shape: [3] }, ['in', 'out'], 'the weight')).toThrow(
      new ShapeError('linear: the weight must be [in, out], got [3]'),
    );
  });
});

test('an extent is counted from either end, and must exist', () => {
  expect([0, 2, -1, -3].map((dim) => extentOf([7, 8, 9], dim))).toEqual([7, 9, 9, 7]);
  expect(() => extentOf([7, 8], 2)).toThrow(ShapeError);
  expect(() => extentOf([], -1)).toThrow(ShapeError);
});
