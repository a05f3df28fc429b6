import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Classifier } from '../examples/classifier/network.ts';
import { drawBatch } from '../examples/classifier/pictures.ts';
import { accuracy, train } from '../examples/classifier/training.ts';
import { TorchCpuGenerator } from '../src/index.ts';
import { expectAllClose } from './support/allClose.ts';

interface Reference {
  losses: number[];
  labels: number[];
  firstPixels: number[];
  initial: Record<string, number[]>;
}

const reference: Reference = JSON.parse(
  readFileSync(new URL('golden/classifier.json', import.meta.url), 'utf8'),
);
const FAN_IN: Record<string, number> = { conv1: 9, conv2: 72, conv3: 144, linear: 32 };

/** The initial values of reference/tensor/classifier.py. */
function initialize(network: Classifier): void {
  const generator = new TorchCpuGenerator(3);
  for (const [name, parameter] of network.namedParameters()) {
    if (name.startsWith('norm')) continue;
    const fanIn = FAN_IN[name.split('.')[0]!]!;
    const size = parameter.shape.reduce((a, b) => a * b);
    const values = Float32Array.from(generator.rand(size), (u) => (2 * u - 1) / Math.sqrt(fanIn));
    expectAllClose(values.slice(0, 4), reference.initial[name]!, { rtol: 1e-6, label: name });
    parameter.value.copyFrom(values);
  }
}

test('the drawn pictures are those of the reference', () => {
  const { pixels, labels } = drawBatch(new TorchCpuGenerator(1), 32);
  expect(Array.from(labels)).toEqual(reference.labels);
  expectAllClose(pixels.subarray(0, 8), reference.firstPixels, { rtol: 1e-6 });
});

test('a classifier trains along the loss curve of PyTorch, to above 95 %', async () => {
  using network = new Classifier();
  initialize(network);
  const losses: number[] = [];
  for await (const loss of train(network, 200, 1)) losses.push(loss);
  expectAllClose(losses.slice(0, 50), reference.losses, { rtol: 0.01, atol: 0, label: 'loss' });
  expect(await accuracy(network, 512, 2)).toBeGreaterThan(0.95);
});
