import {
  cast,
  Linear,
  linear,
  Module,
  Parameter,
  scope,
  type Tensor,
  TorchCpuGenerator,
  tensor,
  zeros,
} from '@lusd/tensor';
import { expectAllClose } from '@lusd/testing/allClose';
import { describe, expect, test } from 'vitest';
import { parseClipTextConfig } from '../src/clip/config.ts';
import { ClipTextModel } from '../src/clip/text.ts';
import type { UNet2DConditionModel } from '../src/unet/unet.ts';
import './support/device.ts';
import { fillWeights } from '@lusd/testing-models/fillWeights';
import { TINY_CONFIGS } from '@lusd/testing-models/tinyConfigs';
import { makeInputs, makeUNet, readUNetCases, type UNetCase } from './unet/cases.ts';

const tiny = (await readUNetCases()).find(({ name }) => name === 'tiny') as UNetCase;
const ATTENTION_PROJECTION = /\.attn[12]\.(?:to_q|to_k|to_v|to_out\.0)$/;
const RANK = 2;
const SCALE = 0.5;

/** W x + scale B A x (Hu et al. 2021, arXiv 2106.09685), where A and B are `down` and `up`. */
class LowRank extends Module {
  readonly down: Parameter;
  readonly up: Parameter;

  constructor(readonly base: Linear) {
    super();
    const [down, up] = [
      [base.inFeatures, RANK],
      [RANK, base.outFeatures],
    ] as const;
    this.down = new Parameter(down, (options) => zeros(down, options));
    this.up = new Parameter(up, (options) => zeros(up, options));
  }

  forward(x: Tensor): Tensor {
    return this.base.forward(x).add(linear(linear(x, this.down.value), this.up.value).mul(SCALE));
  }

  /** W + scale A B of the layouts [in, out]. */
  async merged(): Promise<Float32Array> {
    const [w, a, b] = [await dataOf(this.base.weight), await dataOf(this.down), await dataOf(this.up)];
    const { outFeatures } = this.base;
    return w.map((value, i) => {
      const [row, column] = [Math.floor(i / outFeatures), i % outFeatures];
      const ranks = Array.from({ length: RANK }, (_, r) => r);
      return (
        value + SCALE * ranks.reduce((sum, r) => sum + a[row * RANK + r]! * b[r * outFeatures + column]!, 0)
      );
    });
  }
}

function dataOf({ value }: Parameter): Promise<Float32Array> {
  return value.data('f32');
}

/** The linear layers of `module` by name. */
function linearLayers(module: Module): [name: string, layer: Linear][] {
  return module
    .namedModules()
    .flatMap(([name, layer]): [string, Linear][] => (layer instanceof Linear ? [[name, layer]] : []));
}

/** Puts a low-rank adapter around every attention projection; `up` gives the elements of B. */
function adapt(unet: UNet2DConditionModel, up: (count: number) => ArrayLike<number>): Map<string, LowRank> {
  const generator = new TorchCpuGenerator(7);
  const projections = linearLayers(unet).filter(([name]) => ATTENTION_PROJECTION.test(name));
  const adapters = projections.map(([name, layer]): [string, LowRank] => {
    const adapter = new LowRank(layer);
    expect(unet.replace(name, adapter)).toBe(layer);
    adapter.down.value.copyFrom(generator.randn(layer.inFeatures * RANK).map((v) => v / 8));
    adapter.up.value.copyFrom(up(RANK * layer.outFeatures));
    return [name, adapter];
  });
  return new Map(adapters);
}

async function predict(unet: UNet2DConditionModel): Promise<Float32Array> {
  using out = scope(() => {
    const { sample, context } = makeInputs(tiny, unet);
    return unet.forward(sample, tiny.record.timestep, { context });
  });
  return await out.data('f32');
}

describe('a low-rank adapter around every attention projection of the UNet', () => {
  test('changes nothing, bit by bit, while B is 0', async () => {
    using unet = makeUNet(tiny);
    const plain = await predict(unet);
    const adapters = adapt(unet, (count) => new Float32Array(count));
    expect(adapters.size).toBe(16 * 8);
    expect(await predict(unet)).toEqual(plain);
  });

  test('gives what the merged weights give', async () => {
    const generator = new TorchCpuGenerator(8);
    using adapted = makeUNet(tiny);
    using merged = makeUNet(tiny);
    const plain = await predict(merged);
    const layers = new Map(linearLayers(merged));
    for (const [name, adapter] of adapt(adapted, (count) => generator.randn(count)))
      layers.get(name)!.weight.value.copyFrom(await adapter.merged());
    const expected = await predict(merged);
    expectAllClose(await predict(adapted), expected, { rtol: 1e-4 });
    expect(() => expectAllClose(plain, expected, { rtol: 1e-2 })).toThrow();
  });

  test('collects gradients alone, with the rest frozen', () => {
    using unet = makeUNet(tiny);
    const adapters = adapt(unet, (count) => new Float32Array(count).fill(0.1));
    scope(() => {
      const { sample, context } = makeInputs(tiny, unet);
      unet.forward(sample, tiny.record.timestep, { context }).sum().backward();
    });
    const learning = unet.parameters().filter(({ value }) => value.grad);
    expect(new Set(learning)).toEqual(new Set([...adapters.values()].flatMap(({ down, up }) => [down, up])));
  });
});

/** y = x (q s) + b, where q are integers from -127 to 127 and s is a scale an output. */
class QuantisedLinear extends Module {
  readonly levels: Parameter;
  readonly scale: Parameter;
  readonly bias: Parameter | null;

  constructor({ bias, inFeatures, outFeatures }: Linear, { levels, scale }: Quantised) {
    super();
    const shape = [inFeatures, outFeatures];
    this.levels = new Parameter(shape, (options) => tensor(levels, { ...options, shape, dtype: 'i32' }));
    this.scale = new Parameter([outFeatures], (options) => tensor(scale, options));
    this.bias = bias;
    this.requireGrad(false);
  }

  forward(x: Tensor): Tensor {
    const weight = cast(this.levels.value, x.dtype).mul(this.scale.value);
    return linear(x, weight, this.bias?.value);
  }
}

interface Quantised {
  readonly levels: Int8Array;
  readonly scale: Float32Array;
  /** levels * scale. */
  readonly values: Float32Array;
}

async function quantise(layer: Linear): Promise<Quantised> {
  const weight = await dataOf(layer.weight);
  const { outFeatures } = layer;
  const scale = Float32Array.from(
    { length: outFeatures },
    (_, column) => Math.max(...weight.filter((_value, i) => i % outFeatures === column).map(Math.abs)) / 127,
  );
  const levels = Int8Array.from(weight, (value, i) => Math.round(value / scale[i % outFeatures]!));
  const values = Float32Array.from(levels, (level, i) => level * scale[i % outFeatures]!);
  return { levels, scale, values };
}

test('quantised layers can stand for all linear layers of the text encoder', async () => {
  const make = () => fillWeights(new ClipTextModel(parseClipTextConfig(TINY_CONFIGS.text_encoder)), 555);
  const encode = async (model: ClipTextModel) => {
    const ids = [Array.from({ length: 77 }, (_, i) => (i * 37) % 998)];
    using hidden = scope(() => model.forward(ids).lastHiddenState);
    return await hidden.data('f32');
  };
  using quantised = make();
  using rounded = make();
  const plain = await encode(rounded);
  const layers = new Map(linearLayers(rounded));
  for (const [name, layer] of linearLayers(quantised)) {
    const weights = await quantise(layer);
    quantised.replace(name, new QuantisedLinear(layer, weights));
    layer.weight.dispose();
    layers.get(name)!.weight.value.copyFrom(weights.values);
  }
  expect(layers.size).toBe(2 * 6);
  expect(linearLayers(quantised)).toEqual([]);
  expect(quantised.dtype).toBe('f32');
  const expected = await encode(rounded);
  expectAllClose(await encode(quantised), expected, { rtol: 1e-5 });
  expectAllClose(expected, plain, { rtol: 0.05 });
  expect(expected).not.toEqual(plain);
});
