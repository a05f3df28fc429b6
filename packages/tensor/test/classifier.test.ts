import { readFileSync } from 'node:fs';
import { expectAllClose } from '@lusd/testing/allClose';
import { expect, test } from 'vitest';
import { Classifier } from '../examples/classifier/network.ts';
import { drawBatch } from '../examples/classifier/pictures.ts';
import { accuracy, train } from '../examples/classifier/training.ts';
import { TorchCpuGenerator } from '../src/index.ts';
import { initializeClassifier } from './support/classifier.ts';

interface Reference {
  losses: number[];
  labels: number[];
  firstPixels: number[];
  initial: Record<string, number[]>;
}

const reference: Reference = JSON.parse(
  readFileSync(new URL('golden/classifier.json', import.meta.url), 'utf8'),
);
test('the drawn pictures are those of the reference', () => {
  const { pixels, labels } = drawBatch(new TorchCpuGenerator(1), 32);
  expect(Array.from(labels)).toEqual(reference.labels);
  expectAllClose(pixels.subarray(0, 8), reference.firstPixels, { rtol: 1e-6 });
});

test('a classifier trains along the loss curve of PyTorch, to above 95 %', async () => {
  using network = new Classifier();
  for (const [name, values] of Object.entries(initializeClassifier(network))) {
    expectAllClose(values, reference.initial[name]!, { rtol: 1e-6, label: name });
  }
  const losses: number[] = [];
  for await (const loss of train(network, 200, 1)) losses.push(loss);
  expectAllClose(losses.slice(0, 50), reference.losses, { rtol: 0.01, atol: 0, label: 'loss' });
  expect(await accuracy(network, 512, 2)).toBeGreaterThan(0.95);
});
