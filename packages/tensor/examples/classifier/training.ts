import {
  AdamW,
  argmax,
  crossEntropy,
  inference,
  scope,
  type Tensor,
  TorchCpuGenerator,
  tensor,
} from '../../src/index.ts';
import type { Classifier } from './network.ts';
import { type Batch, drawBatch, SIZE } from './pictures.ts';

const BATCH = 32;
const LEARNING_RATE = 0.01;

function toTensors({ pixels, labels }: Batch): { pictures: Tensor; labels: Tensor } {
  return {
    pictures: tensor(pixels, { shape: [labels.length, SIZE, SIZE, 1] }),
    labels: tensor(labels, { dtype: 'i32' }),
  };
}

/** Trains on a fresh batch a step and yields each step's loss, as it was before the step's update. */
export async function* train(network: Classifier, steps: number, seed: number): AsyncGenerator<number> {
  const generator = new TorchCpuGenerator(seed);
  using optimizer = new AdamW(network.parameters(), { lr: LEARNING_RATE });
  for (let step = 0; step < steps; step++) {
    const batch = drawBatch(generator, BATCH);
    using loss = scope(() => {
      const { pictures, labels } = toTensors(batch);
      const loss = crossEntropy(network.forward(pictures), labels);
      loss.backward();
      optimizer.step();
      optimizer.zeroGrad();
      return loss;
    });
    yield await loss.item();
  }
}

/** Share of `count` fresh pictures whose class the network finds. */
export async function accuracy(network: Classifier, count: number, seed: number): Promise<number> {
  const batch = drawBatch(new TorchCpuGenerator(seed), count);
  using found = inference(() => argmax(network.forward(toTensors(batch).pictures), 1));
  const classes = await found.data();
  return batch.labels.filter((label, i) => label === classes[i]).length / count;
}
