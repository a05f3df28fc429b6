import type { Classifier } from '../../examples/classifier/network.ts';
import { TorchCpuGenerator } from '../../src/index.ts';

const FAN_IN: Record<string, number> = { conv1: 9, conv2: 72, conv3: 144, linear: 32 };

/** The initial values of reference/tensor/classifier.py. Returns the first four of each parameter that is drawn. */
export function initializeClassifier(network: Classifier): Record<string, Float32Array> {
  const generator = new TorchCpuGenerator(3);
  const first: Record<string, Float32Array> = {};
  for (const [name, parameter] of network.namedParameters()) {
    if (name.startsWith('norm')) continue;
    const fanIn = FAN_IN[name.split('.')[0]!]!;
    const size = parameter.shape.reduce((a, b) => a * b);
    const values = Float32Array.from(generator.rand(size), (u) => (2 * u - 1) / Math.sqrt(fanIn));
    parameter.value.copyFrom(values);
    first[name] = values.slice(0, 4);
  }
  return first;
}
