import { linears } from '../../src/index.ts';
import type { GoldenOperation } from './checkGolden.ts';

/** `linears` of x and as many weights as there are layers, and then biases, if any. */
export const linearsOf: GoldenOperation = ([x, ...operands], { layers }) => {
  const count = layers as number;
  const weights = operands.slice(0, count);
  return linears(
    x!,
    weights.map((weight, i) => ({ weight, bias: operands[count + i] ?? null })),
  );
};
