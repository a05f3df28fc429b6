import { expect, test } from 'vitest';
import { memoize } from '../../src/memoize.ts';

test('equal content gives the same result, built once', () => {
  let built = 0;
  const build = memoize(
    (value: { name: string; dtypes: readonly string[]; tile: { rows: number } | null }) => {
      built++;
      return { value };
    },
  );
  const first = build({ name: 'add', dtypes: ['f32', 'f16'], tile: { rows: 4 } });
  expect(build({ name: 'add', dtypes: ['f32', 'f16'], tile: { rows: 4 } })).toBe(first);
  expect(build({ name: 'add', dtypes: ['f32', 'f16'], tile: null })).not.toBe(first);
  expect(build({ name: 'add', dtypes: ['f32', 'f16'], tile: { rows: 8 } })).not.toBe(first);
  expect(built).toBe(3);
});

test('what a joined key confuses stays apart', () => {
  const build = memoize((value: unknown) => ({ value })) as (value: unknown) => object;
  const values = [
    ['a|b', 'c'],
    ['a', 'b|c'],
    ['a', 'b', 'c'],
    ['a,b', 'c'],
    [['a'], 'b', 'c'],
    [['a', 'b'], 'c'],
    ['a', ['b', 'c']],
    { 0: { 0: 'a' }, 1: 'b' },
    { 0: { 0: 'a', 1: 'b' } },
    [1],
    ['1'],
    1,
    '1',
    null,
    'null',
    undefined,
    [],
    {},
    [null],
    [false],
    [0],
    [Number.NaN],
    ['NaN'],
  ];
  const results = values.map(build);
  // An empty list and an empty record have the same content.
  expect(new Set(results).size).toBe(values.length - 1);
  expect(values.map(build)).toEqual(results);
});

test('names tell values apart, whatever their order', () => {
  const build = memoize((value: Record<string, number>) => ({ value }));
  expect(build({ a: 1, b: 2 })).not.toBe(build({ b: 1, a: 2 }));
  expect(build({ a: 1, b: 2 })).not.toBe(build({ c: 1, b: 2 }));
});
