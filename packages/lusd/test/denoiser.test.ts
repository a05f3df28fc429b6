import { NoiseSchedule, parseUNetConfig, type StableDiffusion, UNet2DConditionModel } from '@lusd/sd-models';
import { clone, scope, type Tensor, TorchCpuGenerator, tensor } from '@lusd/tensor';
import { expectAllClose } from '@lusd/testing/allClose';
import { fillWeights } from '@lusd/testing-models/fillWeights';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  type LossOfLatents,
  maskTap,
  OptionError,
  type Prompt,
  type Query,
  UNetDenoiser,
} from '../src/index.ts';
import './support/device.ts';
import { shapesPipeline } from './support/shapesPipeline.ts';

const TIMESTEP = 500;
const SIZE = { height: 16, width: 24, channels: 4 };
const SHAPE = [1, 16, 24, 4];
const PROMPTS = {
  null: '',
  source: 'a red circle on sand',
  target: 'a blue circle on sand',
  negative: 'rain',
};
let pipeline: StableDiffusion;
let noisy: Tensor;
let other: Tensor;

beforeAll(async () => {
  pipeline = await shapesPipeline();
  [noisy, other] = [3, 4].map((seed) =>
    tensor(new TorchCpuGenerator(seed).randn(16 * 24 * 4), { shape: SHAPE }),
  ) as [Tensor, Tensor];
});

afterAll(() => {
  pipeline.dispose();
  noisy.dispose();
  other.dispose();
});

function denoiserOf(
  prompts: Record<Prompt, string> = PROMPTS,
  config = pipeline.schedulerConfig,
): UNetDenoiser {
  const encode = (names: readonly Prompt[]) => pipeline.encodePrompts(names.map((name) => prompts[name]));
  return new UNetDenoiser(pipeline.unet, new NoiseSchedule(config), encode);
}

/** The values of a prediction's noises. */
async function noisesOf(
  denoiser: UNetDenoiser,
  queries: readonly Query[],
  timestep = TIMESTEP,
): Promise<Float32Array[]> {
  const noises = scope(() => denoiser.predict(timestep, queries).noises.map((noise) => clone(noise)));
  const values: Float32Array[] = [];
  for (const noise of noises) {
    values.push(await noise.data('f32'));
    noise.dispose();
  }
  return values;
}

/** What a UNet call of its own gives for one prompt. */
async function alone(sample: Tensor, prompt: string): Promise<Float32Array> {
  using output = scope(() =>
    pipeline.unet.forward(sample, TIMESTEP, { context: pipeline.encodePrompts([prompt]) }),
  );
  return output.data('f32');
}

describe('a query', () => {
  test("gives the model's own prediction for its latents and prompt", async () => {
    using denoiser = denoiserOf();
    const queries: Query[] = [
      { noisy, prompt: 'source' },
      { noisy: other, prompt: 'target' },
      { noisy, prompt: 'null' },
    ];
    const [source, target, plain] = await noisesOf(denoiser, queries);
    expectAllClose(source!, await alone(noisy, PROMPTS.source), { rtol: 1e-4 });
    expectAllClose(target!, await alone(other, PROMPTS.target), { rtol: 1e-4 });
    expectAllClose(plain!, await alone(noisy, ''), { rtol: 1e-4 });
  });

  test('with guidance w gives e(null) + w (e(prompt) - e(null)), beside those without', async () => {
    using denoiser = denoiserOf();
    const w = 7.5;
    const queries: Query[] = [
      { noisy, prompt: 'target', guidance: w },
      { noisy: other, prompt: 'source' },
      { noisy: other, prompt: 'source', guidance: w },
    ];
    const [guided, plain, otherGuided] = await noisesOf(denoiser, queries);
    const [none, given] = [await alone(noisy, ''), await alone(noisy, PROMPTS.target)];
    expectAllClose(
      guided!,
      none.map((e, i) => e + w * (given[i]! - e)),
      { rtol: 1e-4 },
    );
    const [otherNone, otherGiven] = [await alone(other, ''), await alone(other, PROMPTS.source)];
    expectAllClose(plain!, otherGiven, { rtol: 1e-4 });
    expectAllClose(
      otherGuided!,
      otherNone.map((e, i) => e + w * (otherGiven[i]! - e)),
      { rtol: 1e-4 },
    );
  });

  test('of equal prompts gives the same, bit by bit', async () => {
    using denoiser = denoiserOf({ ...PROMPTS, target: PROMPTS.source });
    const [a, b] = await noisesOf(denoiser, [
      { noisy, prompt: 'source' },
      { noisy, prompt: 'target' },
    ]);
    expect(a).toEqual(b);
    expect(Math.max(...a!)).toBeGreaterThan(0.1);
  });

  test('to a model that predicts the velocity gives eps = alpha v + sigma z, guided or not', async () => {
    const velocity = { ...pipeline.schedulerConfig, predictionType: 'v_prediction' } as const;
    const schedule = new NoiseSchedule(velocity);
    const [alpha, sigma] = [schedule.alpha(TIMESTEP), schedule.sigma(TIMESTEP)];
    const queries: Query[] = [
      { noisy, prompt: 'target' },
      { noisy, prompt: 'target', guidance: 3 },
    ];
    using asNoise = denoiserOf();
    using asVelocity = denoiserOf(PROMPTS, velocity);
    const outputs = await noisesOf(asNoise, queries);
    const noises = await noisesOf(asVelocity, queries);
    const z = await noisy.data();
    for (const [i, output] of outputs.entries()) {
      const expected = output.map((v, j) => alpha * v + sigma * z[j]!);
      expectAllClose(noises[i]!, expected, { rtol: 1e-6 });
    }
  });
});

describe('the tap of the mask', () => {
  const queries = (): Query[] => [
    { noisy, prompt: 'source' },
    { noisy, prompt: 'target' },
  ];

  async function mapsOf(denoiser: UNetDenoiser, query: number, asked: readonly Query[]) {
    const { cross, self } = scope(() => {
      const { tapped } = denoiser.predict(TIMESTEP, asked, maskTap(query, SIZE));
      return { cross: clone(tapped.cross), self: clone(tapped.self) };
    });
    const data = { cross: await cross.data(), self: await self.data() };
    const shapes = [cross.shape, self.shape];
    for (const map of [cross, self]) map.dispose();
    return { ...data, shapes };
  }

  test('gives maps at a quarter and a half of the latents, in rows that sum to 1', async () => {
    using denoiser = denoiserOf();
    const { cross, self, shapes } = await mapsOf(denoiser, 1, queries());
    expect(shapes).toEqual([
      [1, 4, 6, 24],
      [96, 96],
    ]);
    for (const [map, columns] of [
      [cross, 24],
      [self, 96],
    ] as const) {
      for (let i = 0; i < map.length; i += columns)
        expect(Array.from(map.subarray(i, i + columns)).reduce((sum, v) => sum + v)).toBeCloseTo(1, 5);
    }
  });

  test("listens to its query's prompt alone, and with guidance not to the null one", async () => {
    using denoiser = denoiserOf();
    const target = await mapsOf(denoiser, 0, [{ noisy, prompt: 'target' }]);
    const source = await mapsOf(denoiser, 0, queries());
    const second = await mapsOf(denoiser, 1, queries());
    const guided = await mapsOf(denoiser, 1, [
      { noisy, prompt: 'source', guidance: 2 },
      { noisy, prompt: 'target', guidance: 2 },
    ]);
    expectAllClose(second.cross, target.cross, { rtol: 1e-5 });
    expectAllClose(guided.cross, target.cross, { rtol: 1e-5 });
    expect(() => expectAllClose(source.cross, target.cross, { rtol: 1e-3 })).toThrow();
  });

  test('names the attention that a model lacks', () => {
    const config = {
      block_out_channels: [8, 8],
      down_block_types: ['CrossAttnDownBlock2D', 'DownBlock2D'],
      up_block_types: ['UpBlock2D', 'CrossAttnUpBlock2D'],
      norm_num_groups: 4,
      cross_attention_dim: 64,
    };
    using unet = fillWeights(new UNet2DConditionModel(parseUNetConfig(config)), 1);
    const encode = (names: readonly Prompt[]) => pipeline.encodePrompts(names.map((name) => PROMPTS[name]));
    using denoiser = new UNetDenoiser(unet, new NoiseSchedule(pipeline.schedulerConfig), encode);
    const predict = () => scope(() => denoiser.predict(TIMESTEP, queries(), maskTap(1, SIZE)));
    expect(predict).toThrow(OptionError);
    expect(predict).toThrow('no cross-attention at 4 x 6');
  });
});

test('gives the same bit by bit when it is replayed, whichever calls lie between', async () => {
  using replayed = denoiserOf();
  const lusdQueries: Query[] = [
    { noisy, prompt: 'source' },
    { noisy, prompt: 'target' },
  ];
  const ddsQueries: Query[] = [
    { noisy, prompt: 'source', guidance: 3 },
    { noisy: other, prompt: 'target', guidance: 3 },
  ];
  for (const timestep of [900, 500, 100, 300]) {
    for (const queries of [lusdQueries, ddsQueries]) {
      using fresh = denoiserOf();
      expect(await noisesOf(replayed, queries, timestep)).toEqual(await noisesOf(fresh, queries, timestep));
    }
  }
});

test('takes no part in a graph, even where the weights collect gradients', () => {
  pipeline.unet.requireGrad(true);
  using denoiser = denoiserOf();
  scope(() => {
    const { noises } = denoiser.predict(TIMESTEP, [{ noisy, prompt: 'target', guidance: 2 }]);
    expect(noises[0].requiresGrad).toBe(false);
  });
  pipeline.unet.requireGrad(false);
});

describe('the gradient of a loss of latents', () => {
  /** Half the sum of squares of the guided noise. */
  const loss: LossOfLatents = (latents, predict) => {
    const { noises } = predict(TIMESTEP, [{ noisy: latents, prompt: 'target', guidance: 2 }]);
    return noises[0].mul(noises[0]).sum().mul(0.5);
  };

  test('is that of finite differences along a direction', async () => {
    using denoiser = denoiserOf();
    const at = (share: number) => noisy.add(other.mul(share));
    const values: number[] = [];
    for (const share of [-0.01, 0.01]) {
      using value = scope(() => denoiser.gradient(at(share), loss).loss);
      values.push(await value.item());
    }
    using slope = scope(() => denoiser.gradient(noisy, loss).gradient.mul(other).sum());
    const expected = (values[1]! - values[0]!) / 0.02;
    expect((await slope.item()) / expected).toBeCloseTo(1, 2);
  });

  test('is none of the weights, even where they collect gradients', () => {
    pipeline.unet.requireGrad(true);
    using denoiser = denoiserOf();
    scope(() => void denoiser.gradient(noisy, loss));
    expect(pipeline.unet.parameters().every(({ value }) => value.grad === null)).toBe(true);
    pipeline.unet.requireGrad(false);
  });
});

test('encodes each prompt once, and computes its keys and values once for a kind of call', () => {
  const [block] = pipeline.unet.mid_block.attentions[0].transformer_blocks;
  const project = vi.spyOn(block!.attn2, 'project');
  const encoded: Prompt[] = [];
  const schedule = new NoiseSchedule(pipeline.schedulerConfig);
  using denoiser = new UNetDenoiser(pipeline.unet, schedule, (names) => {
    encoded.push(...names);
    return pipeline.encodePrompts(names.map((name) => PROMPTS[name]));
  });
  for (const timestep of [900, 500, 100])
    scope(() => {
      denoiser.predict(timestep, [{ noisy, prompt: 'target', guidance: 2 }]);
      denoiser.predict(timestep, [
        { noisy, prompt: 'source' },
        { noisy, prompt: 'target' },
      ]);
    });
  expect(encoded).toEqual(['null', 'target', 'source']);
  expect(project).toHaveBeenCalledTimes(2);
  project.mockRestore();
});
