import { collectGarbage } from '@lusd/testing/collectGarbage';
import { expect, test } from 'vitest';
import {
  AdamW,
  Conv2d,
  GroupNorm,
  Linear,
  Module,
  mean,
  mseLoss,
  openDevice,
  scope,
  silu,
  type Tensor,
  TorchCpuGenerator,
  tensor,
} from '../src/index.ts';

const STEPS = 2000;
/** Steps before the count begins, in which the JavaScript engine compiles and sizes its heap. */
const WARM_UP = 1000;

class Network extends Module {
  readonly conv = new Conv2d(1, 4, 3, { padding: 1 });
  readonly norm = new GroupNorm(2, 4);
  readonly linear = new Linear(4, 2);

  forward(x: Tensor): Tensor {
    return this.linear.forward(mean(silu(this.norm.forward(this.conv.forward(x))), [1, 2]));
  }
}

test(`${STEPS} training steps hold no more buffers and no more memory than ten`, async () => {
  // A device of its own: the suite's fills reused memory with NaN, which costs a copy an allocation.
  const device = await openDevice({ adapter: process.env.LUSD_ADAPTER ?? 'auto', log: null });
  const generator = new TorchCpuGenerator(0);
  using network = new Network();
  using optimizer = new AdamW(network.parameters(), { lr: 1e-3 });

  const step = async () => {
    using loss = scope(() => {
      const x = tensor(generator.rand(2 * 6 * 6), { shape: [2, 6, 6, 1] });
      const target = tensor(generator.rand(4), { shape: [2, 2] });
      const loss = mseLoss(network.forward(x), target);
      loss.backward();
      optimizer.step();
      optimizer.zeroGrad();
      return loss;
    });
    return loss.item();
  };

  const first = await step();
  for (let i = 1; i < WARM_UP; i++) await step();
  // What the engine has not collected yet comes and goes: up to a twentieth of the process.
  const held = () => {
    collectGarbage();
    return { ...device.memory(), resident: process.memoryUsage.rss() };
  };
  for (let i = 0; i < 10; i++) await step();
  const atTen = held();
  let last = first;
  for (let i = 10; i < STEPS; i++) last = await step();
  const atEnd = held();

  expect(atEnd.liveBuffers).toBe(atTen.liveBuffers);
  expect(atEnd.freeBuffers).toBe(atTen.freeBuffers);
  // SwiftShader compiles on: its resident memory was seen to grow by a tenth while every count above stood still.
  const isSteady = device.facts.architecture !== 'swiftshader';
  if (isSteady) expect(atEnd.resident / atTen.resident).toBeLessThan(1.05);
  expect(last).toBeLessThan(first);
  device.destroy();
});
