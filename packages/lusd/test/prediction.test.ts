import { parseUNetConfig, type StableDiffusion, UNet2DConditionModel } from '@lusd/sd-models';
import { scope, split, type Tensor, TorchCpuGenerator, tensor } from '@lusd/tensor';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { fillWeights } from '../../sd-models/test/support/fillWeights.ts';
import { expectAllClose } from '../../tensor/test/support/allClose.ts';
import { NoiseSchedule, OptionError, UNetPredictor } from '../src/index.ts';
import './support/device.ts';
import { shapesPipeline } from './support/shapesPipeline.ts';

const TIMESTEP = 500;
const PROMPTS = ['a red circle on sand', 'a blue circle on sand'];
let pipeline: StableDiffusion;
let noisy: Tensor;

beforeAll(async () => {
  pipeline = await shapesPipeline();
  noisy = tensor(new TorchCpuGenerator(3).randn(16 * 24 * 4), { shape: [1, 16, 24, 4] });
});

afterAll(() => {
  pipeline.dispose();
  noisy.dispose();
});

function predictor(prompts: readonly string[], collectMaps = false, scheduler = pipeline.schedulerConfig) {
  return scope(() => {
    const [source, target] = split(pipeline.encodePrompts(prompts), [1, 1], 0);
    const schedule = new NoiseSchedule(scheduler);
    return new UNetPredictor(pipeline.unet, schedule, { source: source!, target: target! }, collectMaps);
  });
}

async function difference(prompts: readonly string[], scheduler = pipeline.schedulerConfig) {
  const model = predictor(prompts, false, scheduler);
  const prediction = model.predict(noisy, TIMESTEP);
  try {
    return await prediction.difference.data<Float32Array<ArrayBuffer>>();
  } finally {
    prediction.dispose();
    model.dispose();
  }
}

describe('the difference of both predictions', () => {
  test('is negated when the prompts are swapped', async () => {
    const there = await difference(PROMPTS);
    const back = await difference(PROMPTS.toReversed());
    expect(Math.max(...there.map(Math.abs))).toBeGreaterThan(0.01);
    expectAllClose(
      back,
      there.map((v) => -v),
      { rtol: 1e-4 },
    );
  });

  test('is zero, bit by bit, for equal prompts', async () => {
    expect(new Set(await difference([PROMPTS[0]!, PROMPTS[0]!]))).toEqual(new Set([0]));
  });

  test('of a model that predicts the velocity is that of eps = alpha v + sigma z', async () => {
    const velocity = { ...pipeline.schedulerConfig, predictionType: 'v_prediction' } as const;
    const alpha = new NoiseSchedule(velocity).alpha(TIMESTEP);
    const [v, eps] = [await difference(PROMPTS), await difference(PROMPTS, velocity)];
    expectAllClose(
      eps,
      v.map((value) => alpha * value),
      { rtol: 1e-6 },
    );
  });
});

test('its maps are those of the target prompt, at a half and a quarter of the latents, in rows that sum to 1', async () => {
  const model = predictor(PROMPTS, true);
  const prediction = model.predict(noisy, TIMESTEP);
  const { cross, self } = prediction.maps!;
  expect([cross.shape, self.shape]).toEqual([
    [1, 4, 6, 24],
    [96, 96],
  ]);
  for (const map of [cross, self]) {
    using total = map.sum(-1);
    const sums = await total.data();
    expectAllClose(sums, new Float32Array(sums.length).fill(1), { rtol: 1e-5 });
  }
  const other = predictor([PROMPTS[1]!, PROMPTS[1]!], true);
  const same = other.predict(noisy, TIMESTEP);
  expectAllClose(await cross.data(), await same.maps!.cross.data(), { rtol: 1e-5 });
  for (const item of [prediction, same, model, other]) item.dispose();
});

test('gives the same bit by bit when it is replayed', async () => {
  const model = predictor(PROMPTS, true);
  for (const timestep of [900, 500, 100, 300]) {
    const replayed = model.predict(noisy, timestep);
    const other = predictor(PROMPTS, true);
    const fresh = other.predict(noisy, timestep);
    expect(await replayed.difference.data()).toEqual(await fresh.difference.data());
    expect(await replayed.maps!.self.data()).toEqual(await fresh.maps!.self.data());
    expect(await replayed.maps!.cross.data()).toEqual(await fresh.maps!.cross.data());
    for (const item of [replayed, fresh, other]) item.dispose();
  }
  model.dispose();
});

test('takes no part in a graph, even where the weights collect gradients', async () => {
  pipeline.unet.requireGrad(true);
  const model = predictor(PROMPTS);
  const prediction = model.predict(noisy, TIMESTEP);
  expect(prediction.difference.requiresGrad).toBe(false);
  prediction.dispose();
  model.dispose();
  pipeline.unet.requireGrad(false);
});

test('computes the keys and values of the prompts once', () => {
  const { attn2 } = pipeline.unet.mid_block.attentions[0].transformer_blocks[0];
  const project = vi.spyOn(attn2, 'project');
  const model = predictor(PROMPTS);
  for (const timestep of [900, 100]) model.predict(noisy, timestep).dispose();
  expect(project).toHaveBeenCalledTimes(1);
  project.mockRestore();
  model.dispose();
});

test('names the attention that a model lacks for the mask', () => {
  const config = {
    block_out_channels: [8, 8],
    down_block_types: ['CrossAttnDownBlock2D', 'DownBlock2D'],
    up_block_types: ['UpBlock2D', 'CrossAttnUpBlock2D'],
    norm_num_groups: 4,
    cross_attention_dim: 64,
  };
  using unet = fillWeights(new UNet2DConditionModel(parseUNetConfig(config)), 1);
  const schedule = new NoiseSchedule(pipeline.schedulerConfig);
  using contexts = pipeline.encodePrompts(PROMPTS);
  const model = scope(() => {
    const [source, target] = split(contexts, [1, 1], 0);
    return new UNetPredictor(unet, schedule, { source: source!, target: target! }, true);
  });
  expect(() => model.predict(noisy, TIMESTEP)).toThrow(OptionError);
  expect(() => model.predict(noisy, TIMESTEP)).toThrow('no cross-attention at 4 x 6');
  model.dispose();
});
