import { expect, test } from 'vitest';
import { winogradMatrices } from '../../src/kernels/winogradMatrices.ts';

const times = (matrix: readonly (readonly number[])[], x: readonly number[]) =>
  matrix.map((row) => row.reduce((sum, value, i) => sum + value * x[i]!, 0));

test.each([2, 4] as const)('F(%i, 3) is the sums of products of neighbours with a kernel', (tile) => {
  const { span, input, weight, output } = winogradMatrices(tile);
  expect(span).toBe(tile + 2);
  const d = [3, -1, 4, 1, -5, 9].slice(0, span);
  const g = [2, -7, 1];
  const [values, kernel] = [times(input, d), times(weight, g)];
  const sums = times(
    output,
    kernel.map((value, i) => value * values[i]!),
  );
  for (const [i, sum] of sums.entries())
    expect(sum).toBeCloseTo(
      g.reduce((total, value, k) => total + value * d[i + k]!, 0),
      10,
    );
  expect(sums).toHaveLength(tile);
});
