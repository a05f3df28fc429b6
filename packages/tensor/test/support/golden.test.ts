import { readdirSync } from 'node:fs';
import { expectAllClose } from '@lusd/testing/allClose';
import { describe, expect, test } from 'vitest';
import { type GoldenTensor, readGoldenCases } from './golden.ts';

const families = readdirSync(new URL('../golden', import.meta.url))
  .filter((name) => name.endsWith('.safetensors'))
  .map((name) => name.replace('.safetensors', ''));

const elements = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);

describe('readGoldenCases', () => {
  test.each(families)('reads every tensor that the cases of %s name', async (family) => {
    for (const golden of await readGoldenCases(family)) {
      const tensors = [...golden.inputs.values(), ...golden.outputs, ...golden.gradients.values()];
      expect(golden.outputs.length, golden.name).toBeGreaterThan(0);
      expect(golden.outputGradients.length > 0, golden.name).toBe(golden.gradients.size > 0);
      for (const { shape, data } of tensors) expect(data.length, golden.name).toBe(elements(shape));
      for (const [name, gradient] of golden.gradients) {
        expect(gradient.shape, `${golden.name}: ${name}`).toEqual(golden.inputs.get(name)?.shape);
      }
    }
  });

  test('keeps inputs in argument order and options as they were given', async () => {
    const cases = await readGoldenCases('conv2d');
    const golden = cases.find(({ name }) => name === 'stride2Asymmetric');
    expect([...golden!.inputs.keys()]).toEqual(['x', 'weight', 'bias']);
    expect(golden!.args).toEqual({ stride: 2, padding: [0, 1, 0, 1] });
    expect(golden!.rtol).toBe(1e-5);
  });

  test('widens f16 exactly, and f16 results are not rounded to f16', async () => {
    const cases = await readGoldenCases('pointwise', 'mul');
    const half = cases.find(({ dtype }) => dtype === 'f16')!;
    const [a, b] = [...half.inputs.values()] as [GoldenTensor, GoldenTensor];
    const products = Array.from(a.data, (value, i) => value * b.data[i % b.data.length]!);
    expect(a.dtype).toBe('f16');
    expectAllClose(half.outputs[0]!.data, products, { rtol: 1e-7, label: half.name });
  });

  test('refuses an operation that the family lacks', async () => {
    await expect(readGoldenCases('linear', 'conv3d')).rejects.toThrow('lists no cases of conv3d');
  });
});
