import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  Conv2d,
  type Device,
  Embedding,
  GroupNorm,
  LayerNorm,
  Linear,
  Module,
  manualSeed,
  openDevice,
  Parameter,
  relu,
  Sequential,
  scope,
  setDevice,
  TensorError,
  tensor,
  toDevice,
} from '../../src/index.ts';
import { device } from '../support/device.ts';

let other: Device;
/** Of the other device, with its generator's state. */
let buffers: number;

beforeAll(async () => {
  other = await openDevice({ adapter: process.env.LUSD_ADAPTER ?? 'auto', poison: true, log: null });
  setDevice(device);
  for (const each of [device, other]) manualSeed(0, each);
  buffers = other.memory().liveBuffers;
});

afterAll(() => {
  expect(other.memory().liveBuffers, 'buffers left on the other device').toBe(buffers);
  other.destroy();
});

/** Every value of a module's state, by name. */
async function valuesOf(module: Module): Promise<Map<string, unknown>> {
  const values = new Map<string, unknown>();
  for (const [name, x] of module.stateDict()) {
    values.set(name, await x.data());
    x.dispose();
  }
  return values;
}

test.each(['f32', 'f16', 'i32', 'u8', 'bool'] as const)('toDevice copies %s as it is', async (dtype) => {
  using x = tensor([0, 1, 1, 0, 1], { dtype });
  using copy = await toDevice(x, other);
  expect(copy.device).toBe(other);
  expect(copy.dtype).toBe(dtype);
  expect(await copy.data()).toEqual(await x.data());
});

describe('a layer with a device', () => {
  test.each([
    ['Linear', () => new Linear(2, 3, { device: other })],
    ['Conv2d', () => new Conv2d(2, 3, 3, { device: other })],
    ['GroupNorm', () => new GroupNorm(1, 2, 1e-5, { device: other })],
    ['LayerNorm', () => new LayerNorm(2, 1e-5, { device: other })],
    ['Embedding', () => new Embedding(4, 2, { device: other })],
  ])('%s makes its parameters there, whichever device is current', (_, make) => {
    using layer: Module = make();
    for (const { value } of layer.parameters()) expect(value.device).toBe(other);
    expect(layer.device).toBe(other);
  });
});

describe('to(device)', () => {
  test('moves every parameter, the same bit by bit, and frees the old ones', async () => {
    const before = device.memory().liveBuffers;
    using net = new Sequential(new Linear(5, 4), relu, new LayerNorm(4), new Embedding(7, 3)).to('f16');
    const values = await valuesOf(net);
    expect(await net.to(other)).toBe(net);
    expect(net.device).toBe(other);
    expect(device.memory().liveBuffers).toBe(before);
    expect(device.memory().freeBuffers).toBe(0);
    expect(await valuesOf(net)).toEqual(values);
  });

  test('moves a table that lies in several blocks', async () => {
    using table = new Embedding(5, 2);
    scope(() =>
      table.weight.loadRows('weight', [
        tensor([[1, 2]]),
        tensor([
          [3, 4],
          [5, 6],
          [7, 8],
          [9, 10],
        ]),
      ]),
    );
    await table.to(other);
    using rows = scope(() => table.forward(tensor([0, 4], { dtype: 'i32', device: other })));
    expect([...(await rows.data())]).toEqual([1, 2, 9, 10]);
  });

  test('makes what was not used yet on that device', async () => {
    using net = await new Sequential(new Linear(2, 2), new Linear(2, 2)).to(other);
    expect(net.parameters().every(({ isInitialized }) => isInitialized)).toBe(false);
    for (const { value } of net.parameters()) expect(value.device).toBe(other);
  });

  test('moves a parameter of two names once', async () => {
    class Tied extends Module {
      readonly weight = new Parameter([2], (on) => tensor([1, 2], on));
      readonly again = this.weight;
    }
    using tied = new Tied();
    await tied.to(other);
    expect(tied.again).toBe(tied.weight);
    expect([...(await tied.weight.value.data())]).toEqual([1, 2]);
  });

  test('leaves gradients working: those of y = W x + b are x, times what comes in, and what comes in', async () => {
    using layer = new Linear(3, 2);
    layer.weight.value.copyFrom([1, 2, 3, 4, 5, 6]);
    await layer.to(other);
    expect(layer.weight.value.requiresGrad).toBe(true);
    scope(() =>
      layer
        .forward(tensor([[1, -2, 0.5]], { device: other }))
        .sum()
        .backward(),
    );
    const { grad: weight } = layer.weight.value;
    expect(weight?.device).toBe(other);
    expect([...((await weight?.data()) ?? [])]).toEqual([1, 1, -2, -2, 0.5, 0.5]);
    expect([...((await layer.bias?.value.grad?.data()) ?? [])]).toEqual([1, 1]);
  });

  test('leaves frozen weights frozen', async () => {
    using layer = new Linear(2, 2).requireGrad(false);
    expect(layer.weight.value.requiresGrad).toBe(false);
    await layer.to(other);
    expect(layer.weight.value.requiresGrad).toBe(false);
  });

  test('moves back to the same values', async () => {
    using layer = new Linear(3, 3);
    const values = await valuesOf(layer);
    await layer.to(other);
    await layer.to(device);
    expect(layer.device).toBe(device);
    expect(await valuesOf(layer)).toEqual(values);
  });

  test('refuses a parameter that is replaced meanwhile, and keeps the new one', async () => {
    using layer = new Linear(1, 1, { bias: false });
    layer.weight.value.copyFrom([1]);
    const moving = layer.to(other);
    layer.to('f16');
    await expect(moving).rejects.toThrow(TensorError);
    expect(layer.device).toBe(device);
    expect(await layer.weight.value.item()).toBe(1);
  });
});

describe('dtype', () => {
  test('is that of the first parameter of floating-point numbers', () => {
    class Quantised extends Module {
      readonly levels = new Parameter([2], (on) => tensor([1, 2], { ...on, dtype: 'i32' }));
      readonly scale = new Parameter([], (on) => tensor(0.5, { ...on, dtype: 'f16' }));
      readonly bias = new Parameter([1], (on) => tensor([0], on));
    }
    using layer = new Quantised().requireGrad(false);
    expect(layer.dtype).toBe('f16');
    expect(layer.to('f32').dtype).toBe('f32');
  });

  test('and the device of a module without parameters are refused', () => {
    expect(() => new Sequential(relu).dtype).toThrow(TensorError);
    expect(() => new Sequential(relu).device).toThrow(TensorError);
  });
});
