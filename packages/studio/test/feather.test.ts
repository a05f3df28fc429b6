import { expect, test } from 'vitest';
import { feathered } from '../src/page/mask/feather.ts';

const SIZE = 41;

function square(): Uint8Array {
  const inside = (at: number) => at >= 12 && at < 29;
  return Uint8Array.from({ length: SIZE * SIZE }, (_, i) =>
    inside(i % SIZE) && inside(Math.floor(i / SIZE)) ? 255 : 0,
  );
}
const mask = { width: SIZE, height: SIZE, data: square() };

test('without a width the mask stays as it is', () => {
  expect(feathered(mask, 0)).toBe(mask);
});

test('a plain mask stays plain, to its edges', () => {
  const plain = { ...mask, data: new Uint8Array(SIZE * SIZE).fill(200) };
  expect(feathered(plain, 10).data).toEqual(plain.data);
});

test('an edge falls evenly over three times the width, and the mask keeps its symmetry and its weight', () => {
  const { data } = feathered(mask, 6);
  const middle = Array.from(data.subarray(20 * SIZE, 21 * SIZE));
  expect(middle).toEqual(middle.toReversed());
  const rising = middle.slice(0, 21);
  expect(rising).toEqual(rising.toSorted((a, b) => a - b));
  expect(middle[20]).toBeGreaterThan(230);
  // Three means over 7 pixels reach 9 pixels to each side of the edge, which is between 11 and 12.
  expect(middle[2]).toBe(0);
  expect(middle[5]).toBeGreaterThan(0);
  const sum = (values: Uint8Array) => values.reduce((total, value) => total + value, 0);
  expect(sum(data) / sum(mask.data)).toBeCloseTo(1, 2);
});
