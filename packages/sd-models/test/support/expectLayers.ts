import type { Module, Tensor } from '@lusd/tensor';
import { expectAllClose } from '@lusd/testing/allClose';
import { expect } from 'vitest';
import { type GoldenCase, under } from './golden.ts';
import { recordOutputs } from './recordOutputs.ts';

/** Every such element of a layer's output is stored. */
const STRIDE = 37;

/** Compares what every stored layer of `root` gives during `run` with what is stored under `layers/`. */
export async function expectLayers(
  root: Module,
  c: GoldenCase<unknown>,
  rtol: number,
  run: () => void,
): Promise<void> {
  const layers = under(c.tensors, 'layers/');
  const recorded = recordOutputs(root, layers.keys());
  run();
  expect([...recorded.keys()].sort()).toEqual([...layers.keys()].sort());
  for (const [path, output] of recorded) {
    const elements = (await output.data('f32')).filter((_, i) => i % STRIDE === 0);
    expectAllClose(elements, layers.get(path)!.data, { rtol, label: path });
    output.dispose();
  }
}

/** Compares `x`, which is disposed of, with the tensor `name` of a case. */
export async function expectGolden(
  x: Tensor,
  c: GoldenCase<unknown>,
  name: string,
  rtol: number,
): Promise<void> {
  const expected = c.tensors.get(name)!;
  expect(x.shape).toEqual(expected.shape);
  expectAllClose(await x.data(), expected.data, { rtol, label: `${c.name}: ${name}` });
  x.dispose();
}
