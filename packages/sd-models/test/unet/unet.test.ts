import {
  capture,
  concat,
  narrow,
  requireGrad,
  ShapeError,
  scope,
  split,
  type Tensor,
  tensor,
  zeros,
} from '@lusd/tensor';
import { expectAllClose } from '@lusd/testing/allClose';
import { someOf } from '@lusd/testing/thorough';
import { stateDictKeys } from '@lusd/testing-models/stateDictKeys';
import { describe, expect, test } from 'vitest';
import { AttentionHooks } from '../../src/attentionHooks.ts';
import { parseUNetConfig } from '../../src/unet/config.ts';
import { UNet2DConditionModel } from '../../src/unet/unet.ts';
import { device } from '../support/device.ts';
import { under } from '../support/golden.ts';
import { recordOutputs } from '../support/recordOutputs.ts';
import { makeInputs, makeUNet, readUNetCases, type UNetCase } from './cases.ts';

const cases = await readUNetCases();
const named = (name: string): UNetCase => cases.find((c) => c.name === name)!;
/** reference/sd-models/unet.py stores every 37th element of a layer's output. */
const SAMPLE_STRIDE = 37;

describe("equals diffusers' UNet", () => {
  test.each(cases)('$name: every layer and the result, f32', (c) => checkLayers(c, 'f32', 1e-4));
  test.each(someOf(cases, 3))('$name: every layer and the result, f16', (c) =>
    checkLayers(c, 'f16', halfTolerance(c)),
  );
  test.each(someOf(cases, 3))('$name: gradients of sample and context', checkGradients);

  test('tiny: the first numbers that its specification gives', async () => {
    const c = named('tiny');
    using unet = makeUNet(c);
    const out = await run(unet, c);
    const firstChannel = [0, 1, 2, 3].map((pixel) => out[4 * pixel]!);
    expectAllClose(firstChannel, [0.0478135, -0.2670941, -0.537823, -0.1842189], { rtol: 1e-4 });
  });
});

/**
 * Three times the worst error of PyTorch's own f16 arithmetic in the same elements. Over whole layers the errors have
 * PyTorch's root mean square on every adapter, but which element is rounded badly differs, and of the smallest layers
 * 14 elements are stored, the largest of them a third of the layer's largest.
 */
function halfTolerance({ record: { halfError } }: UNetCase): number {
  return 3 * halfError;
}

async function checkLayers(c: UNetCase, dtype: 'f32' | 'f16', rtol: number): Promise<void> {
  using unet = makeUNet(c, dtype);
  const expected = under(c.tensors, 'layers/');
  const outputs = recordOutputs(unet, expected.keys());
  const out = await run(unet, c);
  const layers = new Map<string, Float32Array>();
  for (const [path, output] of outputs) layers.set(path, await dataOf(output));
  for (const [path, { data }] of expected) {
    const sampled = layers.get(path)?.filter((_, i) => i % SAMPLE_STRIDE === 0) ?? [];
    expectAllClose(sampled, data, { rtol, label: path });
  }
  expectAllClose(out, c.tensors.get('out')!.data, { rtol, label: 'out' });
}

async function run(unet: UNet2DConditionModel, c: UNetCase): Promise<Float32Array> {
  const out = scope(() => {
    const { sample, context } = makeInputs(c, unet);
    return unet.forward(sample, c.record.timestep, { context });
  });
  expect(out.dtype).toBe('f32');
  return await dataOf(out);
}

async function dataOf(x: Tensor): Promise<Float32Array> {
  try {
    return await x.data('f32');
  } finally {
    x.dispose();
  }
}

async function checkGradients(c: UNetCase): Promise<void> {
  using unet = makeUNet(c);
  const inputs = scope(() => {
    const { sample, context, gradient } = makeInputs(c, unet);
    requireGrad(sample);
    requireGrad(context);
    unet.forward(sample, c.record.timestep, { context }).backward({ gradient });
    return { sample, context };
  });
  for (const [name, input] of Object.entries(inputs)) {
    const { shape, data } = c.tensors.get(`grad_${name}`)!;
    expect(input.grad?.shape).toEqual(shape);
    expectAllClose(await input.grad!.data(), data, { rtol: 1e-3, label: `gradient of ${name}` });
    input.dispose();
  }
}

describe('forward', () => {
  test('takes the timestep as a number, a list or a tensor', async () => {
    const c = named('tiny');
    using unet = makeUNet(c);
    const [one, list, onDevice] = scope(() => {
      const { sample, context } = makeInputs(c, unet);
      return [233, [233, 233], tensor([233, 233])].map((t) => unet.forward(sample, t, { context }));
    }) as [Tensor, Tensor, Tensor];
    const expected = await dataOf(one);
    expectAllClose(await dataOf(list), expected, { rtol: 1e-5 });
    expectAllClose(await dataOf(onDevice), expected, { rtol: 1e-5 });
  });

  test('is the same bit by bit with a prepared context', async () => {
    const c = named('sd2');
    using unet = makeUNet(c);
    using inputs = makeInputs(c, unet);
    const { sample, context } = inputs;
    using prepared = unet.prepareContext(context);
    const plain = await dataOf(unet.forward(sample, [7, 912], { context }));
    expect(await dataOf(unet.forward(sample, [7, 912], { context: prepared }))).toEqual(plain);
  });

  test('can be captured at its first pass', async () => {
    const c = named('diffusersTest');
    using unet = makeUNet(c);
    using inputs = makeInputs(c, unet);
    using prepared = unet.prepareContext(inputs.context);
    using timestep = tensor([c.record.timestep].flat());
    using step = capture(() => unet.forward(inputs.sample, timestep, { context: prepared }));
    expectAllClose(await step.result.data(), c.tensors.get('out')!.data, { rtol: 1e-4 });
  });

  test('replays with another timestep and sample', async () => {
    const c = named('tiny');
    using unet = makeUNet(c);
    using inputs = makeInputs(c, unet);
    const { sample, context } = inputs;
    using prepared = unet.prepareContext(context);
    using timestep = tensor([0]);
    using x = zeros(sample.shape);
    unet.forward(x, timestep, { context: prepared }).dispose();
    using step = capture(() => unet.forward(x, timestep, { context: prepared }));
    timestep.copyFrom([233]);
    x.copyFrom(await sample.data());
    step.replay();
    expectAllClose(await step.result.data(), c.tensors.get('out')!.data, { rtol: 1e-4 });
  });

  test('frees what it made in between', () => {
    const c = named('diffusersTest');
    using unet = makeUNet(c);
    using inputs = makeInputs(c, unet);
    const step = () => {
      unet.forward(inputs.sample, 5, inputs).dispose();
      return device.memory().liveBuffers;
    };
    const first = step();
    expect(step()).toBe(first);
  });

  test('joins what is beside the sample to its channels', async () => {
    const c = named('tiny');
    using unet = makeUNet(c);
    using inputs = makeInputs(c, unet);
    const { sample, context } = inputs;
    using joined = scope(() => {
      const [left, right] = split(sample, [1, 3], -1) as [Tensor, Tensor];
      return unet.forward(left, c.record.timestep, { context, concat: right });
    });
    expectAllClose(await joined.data(), c.tensors.get('out')!.data, { rtol: 1e-4 });
  });

  test('refuses latents beside the sample of another size, or of too many channels', () => {
    using unet = makeUNet(named('diffusersTest'));
    scope(() => {
      const call = (shape: number[]) =>
        unet.forward(zeros([2, 8, 8, 3]), 8, { context: zeros([2, 5, 8]), concat: zeros(shape) });
      expect(() => call([2, 8, 4, 1])).toThrow(
        new ShapeError(
          'unet: the sample and `concat` must be [B, H, W, n] with 4 channels together, got [2, 8, 8, 3] and [2, 8, 4, 1]',
        ),
      );
      expect(() => call([2, 8, 8, 2])).toThrow(ShapeError);
      expect(() => call([2, 8, 8])).toThrow(ShapeError);
    });
  });

  test("refuses Stable Diffusion XL's added embeddings", () => {
    using unet = makeUNet(named('diffusersTest'));
    scope(() => {
      const added = { textEmbeds: zeros([2, 16]), timeIds: zeros([2, 6]) };
      expect(() => unet.forward(zeros([2, 8, 8, 4]), 8, { context: zeros([2, 5, 8]), added })).toThrow(
        'unet: `added` is for Stable Diffusion XL; this model embeds only the timestep, leave it out',
      );
    });
  });

  test.each([
    ['another number of channels', [2, 8, 8, 3], 8, [8], 'the sample must be [B, H, W, 4], got [2, 8, 8, 3]'],
    ['another context', [2, 8, 8, 4], 9, [8], 'the context must be [B, L, 8], got [2, 5, 9]'],
    ['another batch', [3, 8, 8, 4], 8, [8], 'the sample has 3 batch items, the context 2'],
    ['timesteps for other items', [2, 8, 8, 4], 8, [1, 2, 3], '3 timesteps for 2 batch items'],
  ])('refuses %s', (_, shape, features, timestep, message) => {
    using unet = makeUNet(named('diffusersTest'));
    scope(() => {
      const call = () => unet.forward(zeros(shape), timestep, { context: zeros([2, 5, features]) });
      expect(call).toThrow(ShapeError);
      expect(call).toThrow(message);
    });
  });
});

describe('one sample for several prompts', () => {
  test.each(someOf(cases, 2))('$name: gives what as many samples give, and the same maps', async (c) => {
    using unet = makeUNet(c);
    const { outputs, maps } = scope(() => {
      const { sample, context } = makeInputs(c, unet);
      const prompts = concat([context, context.mul(0.5)]);
      const batch = prompts.shape[0]!;
      const one = narrow(sample, 0, 0, 1);
      const samples = [one, concat(Array<Tensor>(batch).fill(one))];
      const hooks = samples.map(() => new AttentionHooks([{ items: [batch - 1], headMean: true }]));
      const timestep = [c.record.timestep].flat()[0]!;
      const outputs = samples.map((x, i) =>
        unet.forward(x, timestep, { context: prompts, hooks: hooks[i]! }),
      );
      const maps = hooks.map((own) => own.maps.map(({ probabilities }) => probabilities));
      return { outputs, maps };
    });
    const [own, repeated] = await Promise.all(outputs.map(dataOf));
    expectAllClose(own!, repeated!, { rtol: 1e-5 });
    const [ownMaps, repeatedMaps] = maps;
    expect(ownMaps!.length).toBeGreaterThan(0);
    for (const [i, map] of ownMaps!.entries())
      expectAllClose(await dataOf(map), await dataOf(repeatedMaps![i]!), { rtol: 1e-5, label: `map ${i}` });
  });
});

describe('names', () => {
  test.each(['sd15', 'sd2', 'tiny'] as const)('%s: every key and shape of the state dict', (name) => {
    const { config, tensors } = stateDictKeys()[name].unet;
    const unet = new UNet2DConditionModel(parseUNetConfig(config));
    const shapes = unet.namedParameters().map(([key, parameter]) => [key, parameter.torchShape]);
    expect(Object.fromEntries(shapes)).toEqual(
      Object.fromEntries(tensors.map(([key, shape]) => [key, shape])),
    );
    expect(shapes.length).toBe(tensors.length);
  });
});
