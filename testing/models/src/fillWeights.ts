import { type DType, type Module, type Shape, scope, TorchCpuGenerator, tensor } from '@lusd/tensor';

/**
 * Draws one weight by the rule of the reference's small models: 1-D weights of norms are 1 + 0.1 r, other 1-D tensors
 * 0.1 r, and the rest r / sqrt(elements of the first row), with r from the standard normal distribution.
 */
export function drawWeight(
  name: string,
  shape: Shape,
  generator: TorchCpuGenerator,
): Float32Array<ArrayBuffer> {
  const count = shape.reduce((product, extent) => product * extent, 1);
  const draws = generator.randn(count);
  if (shape.length > 1) return draws.map((r) => r / Math.sqrt(count / shape[0]!));
  const isNormWeight = name.includes('norm') && name.endsWith('weight');
  return draws.map((r) => (isNormWeight ? 1 : 0) + 0.1 * r);
}

/** Fills every parameter of `module`, in the order of their sorted names, and freezes them. */
export function fillWeights<M extends Module>(module: M, seed: number, dtype: DType = 'f32'): M {
  const generator = new TorchCpuGenerator(seed);
  module.requireGrad(false);
  const byName = new Map(module.namedParameters());
  for (const name of [...byName.keys()].sort()) {
    const parameter = byName.get(name)!;
    const shape = parameter.torchShape;
    scope(() => parameter.loadTorch(name, tensor(drawWeight(name, shape, generator), { shape, dtype })));
  }
  return module;
}
