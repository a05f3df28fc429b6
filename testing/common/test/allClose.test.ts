import { expectAllClose } from '@lusd/testing/allClose';
import { describe, expect, test } from 'vitest';

describe('expectAllClose', () => {
  test('measures errors against the largest expected magnitude', () => {
    expect(() => expectAllClose([100, 1e-4], [100, 0], { rtol: 1e-5 })).not.toThrow();
    expect(() => expectAllClose([100, 2e-3], [100, 0], { rtol: 1e-5 })).toThrow('1 of 2 differ');
  });

  test('measures errors element by element when atol is 0', () => {
    expect(() => expectAllClose([100, 1.0001], [100, 1], { rtol: 1e-5, atol: 0 })).toThrow('[1] is 1.0001');
    expect(() => expectAllClose([100.0001, 1], [100, 1], { rtol: 1e-5, atol: 0 })).not.toThrow();
    expect(() => expectAllClose([0], [0], { rtol: 0, atol: 0 })).not.toThrow();
  });

  test('matches NaN and infinities only with the same', () => {
    const special = [Number.NaN, Infinity, -Infinity, 1];
    expect(() => expectAllClose(special, special)).not.toThrow();
    for (const wrong of [
      [0, Infinity, -Infinity, 1],
      [Number.NaN, 1e38, -Infinity, 1],
      [Number.NaN, Infinity, Infinity, 1],
      [Number.NaN, Infinity, -Infinity, Number.NaN],
      [Number.NaN, Infinity, -Infinity, Infinity],
    ]) {
      expect(() => expectAllClose(wrong, special)).toThrow('1 of 4 differ');
    }
  });

  test('names the first and the worst element', () => {
    expect(() => expectAllClose([1.1, 3, 2], [1, 2, 2], { label: 'out' })).toThrow(
      'out: 2 of 3 differ by more than rtol 0.00001, atol 0.00002: [0] is 1.1, expected 1; the worst, [1] is 3, expected 2 (error 1)',
    );
  });

  test('refuses another length', () => {
    expect(() => expectAllClose([], [1], { label: 'out' })).toThrow('out: 0 elements, expected 1');
  });
});
