import { expect, test } from 'vitest';
import { roundHalfToEven } from '../src/roundHalfToEven.ts';

// Python 3.11: [round(x) for x in ...]
test.each([
  [-3.5, -4],
  [-2.5, -2],
  [-1.4, -1],
  [0.5, 0],
  [1.5, 2],
  [2.5, 2],
  [2.6, 3],
])("rounds %d as Python's round: %d", (value, expected) => {
  expect(roundHalfToEven(value)).toBe(expected);
});
