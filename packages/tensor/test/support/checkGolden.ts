import { expectAllClose, largestMagnitude } from '@lusd/testing/allClose';
import { describe, expect, test } from 'vitest';
import { type DType, requireGrad, scope, type Tensor, tensor } from '../../src/index.ts';
import { type GoldenCase, type GoldenTensor, readGoldenCases } from './golden.ts';

/** Calls the operation of a case on its inputs, in argument order. */
export type GoldenOperation = (inputs: Tensor[], args: GoldenCase['args']) => Tensor | Tensor[];

/** A golden tensor on the device, in `dtype` where it holds floats. */
export function fromGolden(golden: GoldenTensor, scale = 1): Tensor {
  const data = scale === 1 ? golden.data : golden.data.map((value) => value * scale);
  return tensor(data, { shape: golden.shape, dtype: golden.dtype as DType });
}

/**
 * One test for every golden case of `family` in `dtypes` whose operation is in `operations`: result and gradients
 * against PyTorch's. Inputs that want a gradient enter as `2 (x / 2)`, so the operation sits inside a larger graph with a
 * coefficient other than 1.
 */
export async function checkGolden(
  family: string,
  operations: Readonly<Record<string, GoldenOperation>>,
  dtypes: readonly GoldenCase['dtype'][] = ['f32', 'f16'],
): Promise<void> {
  const all = await readGoldenCases(family);
  const cases = all.filter((c) => c.op in operations && dtypes.includes(c.dtype));
  for (const op of Object.keys(operations)) {
    if (!cases.some((c) => c.op === op)) throw new Error(`family ${family} has no case of ${op}`);
  }
  describe.each(Object.keys(operations))('%s', (op) => {
    test.each(cases.filter((c) => c.op === op))('$name', (c) => checkCase(c, operations[op]!));
  });
}

/**
 * Result and gradients of one case against PyTorch's.
 *
 * @param leastAtol an absolute error that is allowed to small results too; default 0
 */
export async function checkCase(c: GoldenCase, operation: GoldenOperation, leastAtol = 0): Promise<void> {
  const expectClose = (actual: ArrayLike<number>, expected: ArrayLike<number>, label: string) => {
    const atol = Math.max(leastAtol, c.rtol * largestMagnitude(expected));
    expectAllClose(actual, expected, { rtol: c.rtol, atol, label: `${c.name}: ${label}` });
  };
  const leaves = new Map<string, Tensor>();
  const outputs = scope(() => {
    const inputs = Array.from(c.inputs, ([name, golden]) => {
      if (!c.gradients.has(name)) return fromGolden(golden);
      const leaf = requireGrad(fromGolden(golden, 0.5));
      leaves.set(name, leaf);
      return leaf.mul(2);
    });
    const result = [operation(inputs, c.args)].flat();
    for (const [i, gradient] of c.outputGradients.entries()) {
      result[i]!.backward({ gradient: castLike(fromGolden(gradient), result[i]!), retainGraph: true });
    }
    return { result, leaves };
  }).result;
  expect(outputs.length).toBe(c.outputs.length);
  for (const [i, expected] of c.outputs.entries()) {
    const output = outputs[i]!;
    expect(output.shape, `${c.name}: shape of output ${i}`).toEqual(expected.shape);
    expectClose(await output.data(), expected.data, `output ${i}`);
    output.dispose();
  }
  for (const [name, expected] of c.gradients) {
    const { grad } = leaves.get(name)!;
    if (!grad) throw new Error(`${c.name}: no gradient reached ${name}`);
    const halved = expected.data.map((value) => value * 2);
    expectClose(await grad.data(), halved, `gradient of ${name}`);
  }
  for (const leaf of leaves.values()) leaf.dispose();
}

function castLike(gradient: Tensor, result: Tensor): Tensor {
  return gradient.dtype === result.dtype ? gradient : gradient.cast(result.dtype);
}
