import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import {
  AdamW,
  Conv2d,
  ExponentialMovingAverage,
  encodeSafetensors,
  encodeState,
  Linear,
  loadState,
  mseLoss,
  type Optimizer,
  openSafetensors,
  Sequential,
  SGD,
  ShapeError,
  type StateDict,
  type Stateful,
  saveState,
  scope,
  silu,
  type Tensor,
  TensorError,
  tensor,
  toFloat32,
} from '../src/index.ts';
import { device } from './support/device.ts';

const folder = mkdtempSync(join(tmpdir(), 'state-'));
afterAll(() => rmSync(folder, { recursive: true }));

const wave = (shape: readonly number[], phase: number) =>
  tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(1.3 * i + phase)),
    { shape },
  );

interface Training {
  readonly network: Sequential;
  readonly optimizer: Optimizer;
  readonly averages: ExponentialMovingAverage;
}

function start(makeOptimizer: (network: Sequential) => Optimizer): Training {
  const network = new Sequential(new Linear(3, 8), silu, new Linear(8, 2));
  return {
    network,
    optimizer: makeOptimizer(network),
    averages: new ExponentialMovingAverage(network.parameters(), 0.9),
  };
}

function train({ network, optimizer, averages }: Training, from: number, to: number): void {
  for (let step = from; step < to; step++) {
    scope(() => {
      mseLoss(network.forward(wave([4, 3], step)), wave([4, 2], 2 * step)).backward();
      optimizer.step();
      optimizer.zeroGrad();
      averages.update();
    });
  }
}

async function values(stateful: Stateful): Promise<[string, number[]][]> {
  const state = stateful.stateDict();
  const read = await Promise.all(
    Array.from(state, async ([name, x]): Promise<[string, number[]]> => [name, Array.from(await x.data())]),
  );
  for (const x of state.values()) x.dispose();
  return read;
}

const dispose = ({ network, optimizer, averages }: Training) => {
  for (const each of [network, optimizer, averages]) each.dispose();
};

describe('training that is saved and resumed takes the steps that it would have taken, bit for bit', () => {
  test.each([
    ['AdamW', (network: Sequential) => new AdamW(network.parameters(), { lr: 0.05 })],
    [
      'SGD with momentum',
      (network: Sequential) => new SGD(network.parameters(), { lr: 0.05, momentum: 0.9, dampening: 0.1 }),
    ],
    ['SGD', (network: Sequential) => new SGD(network.parameters(), { lr: 0.05 })],
  ])('%s', async (name, makeOptimizer) => {
    const path = (what: string) => join(folder, `${name} ${what}.safetensors`);
    const whole = start(makeOptimizer);
    train(whole, 0, 4);
    whole.optimizer.learningRate = 0.02;
    for (const [what, stateful] of Object.entries(whole)) await saveState(path(what), stateful);
    train(whole, 4, 8);

    const resumed = start(makeOptimizer);
    for (const [what, stateful] of Object.entries(resumed)) await loadState(path(what), stateful);
    expect(resumed.optimizer.learningRate).toBe(Math.fround(0.02));
    train(resumed, 4, 8);
    for (const what of ['network', 'optimizer', 'averages'] as const)
      expect(await values(resumed[what])).toEqual(await values(whole[what]));

    // Without the optimizer's state the steps are others: the comparison sees what was resumed.
    const forgetful = start(makeOptimizer);
    await loadState(path('network'), forgetful.network);
    train(forgetful, 4, 8);
    expect(await values(forgetful.network)).not.toEqual(await values(whole.network));
    for (const each of [whole, resumed, forgetful]) dispose(each);
  });
});

test('a module is stored by the names, shapes and layouts of PyTorch', async () => {
  using network = new Sequential(new Conv2d(2, 3, [1, 2]), silu, new Linear(2, 5).to('f16'));
  const path = join(folder, 'layouts.safetensors');
  await saveState(path, network);
  await using file = await openSafetensors(path);
  expect(Array.from(file.tensors, ([name, { dtype, shape }]) => [name, dtype, shape])).toEqual([
    ['0.bias', 'F32', [3]],
    ['0.weight', 'F32', [3, 2, 1, 2]],
    ['2.bias', 'F16', [5]],
    ['2.weight', 'F16', [5, 2]],
  ]);
  const stored = async (name: string) => {
    const { dtype } = file.tensors.get(name) ?? { dtype: 'F32' };
    return Array.from(toFloat32(await file.read(name), dtype));
  };
  const ours = new Map(network.namedParameters());
  const own = async (name: string) => Array.from((await ours.get(name)?.value.data()) ?? []);
  // [kH, kW, in, out] of ours at [out, in, kH, kW] of PyTorch's, and [in, out] at [out, in].
  const conv = await own('0.weight');
  const expected = Array.from({ length: 12 }, (_, i) => {
    const [out, inner, column] = [Math.floor(i / 4), Math.floor(i / 2) % 2, i % 2];
    return conv[(column * 2 + inner) * 3 + out];
  });
  expect(await stored('0.weight')).toEqual(expected);
  const linear = await own('2.weight');
  expect(await stored('2.weight')).toEqual(
    Array.from({ length: 10 }, (_, i) => linear[(i % 2) * 5 + Math.floor(i / 2)]),
  );
});

describe('loadState', () => {
  test('takes tensors of other dtypes, as PyTorch writes them, and bytes in memory', async () => {
    using layer = new Linear(2, 1);
    const bytes = encodeSafetensors(
      new Map([
        ['weight', { dtype: 'BF16', shape: [1, 2], data: new Uint16Array([0x3fc0, 0xc000]) } as const],
        ['bias', { dtype: 'F64', shape: [1], data: new Float64Array([0.25]) } as const],
      ]),
    );
    await loadState(bytes, layer);
    using y = scope(() => layer.forward(tensor([[2, 1]])));
    expect(await y.item()).toBe(1.5 * 2 - 2 + 0.25);
  });

  test('keeps integers and booleans', async () => {
    const kept = new Map<string, Tensor>([
      ['ids', tensor([1, -2, 3], { dtype: 'i32' })],
      ['words', tensor([0xffffffff, 2], { dtype: 'u32' })],
      ['bytes', tensor([1, 2, 255], { dtype: 'u8' })],
      ['flags', tensor([1, 0, 1], { dtype: 'bool' })],
      ['odd halves', tensor([1, 2, 0.5], { dtype: 'f16' })],
    ]);
    let loaded: [string, string, number[]][] = [];
    const stateful: Stateful = {
      stateDict: () => new Map(Array.from(kept, ([name, x]) => [name, x.clone()])),
      loadStateDict: async (state: StateDict) => {
        loaded = await Promise.all(
          Array.from(
            state,
            async ([name, x]): Promise<[string, string, number[]]> => [
              name,
              x.dtype,
              Array.from(await x.data()),
            ],
          ),
        );
      },
    };
    await loadState(await encodeState(stateful), stateful);
    expect(loaded.sort()).toEqual(
      [
        ['ids', 'i32', [1, -2, 3]],
        ['words', 'u32', [0xffffffff, 2]],
        ['bytes', 'u8', [1, 2, 255]],
        ['flags', 'bool', [1, 0, 1]],
        ['odd halves', 'f16', [1, 2, 0.5]],
      ].sort(),
    );
    for (const x of kept.values()) x.dispose();
  });

  test('refuses what does not fit, by name, and leaves the state as it was and no memory behind', async () => {
    using layer = new Linear(2, 1);
    using optimizer = new AdamW(layer.parameters());
    const before = [await values(layer), await values(optimizer)];
    const live = device.memory().liveBuffers;
    const of = (tensors: Record<string, readonly number[]>) =>
      encodeSafetensors(
        new Map(
          Object.entries(tensors).map(([name, shape]) => [
            name,
            { dtype: 'F32', shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)) } as const,
          ]),
        ),
      );
    await expect(loadState(of({ weight: [1, 2], scale: [1] }), layer)).rejects.toThrow(
      new TensorError('loadStateDict: missing [bias], unexpected [scale]'),
    );
    const moments = { '0.exp_avg': [2, 1], '1.exp_avg': [1], '0.exp_avg_sq': [2, 1] };
    await expect(loadState(of({ progress: [2], ...moments }), optimizer)).rejects.toThrow(
      new TensorError('loadStateDict: missing [1.exp_avg_sq], unexpected []'),
    );
    await expect(
      loadState(of({ progress: [2], ...moments, '1.exp_avg_sq': [3] }), optimizer),
    ).rejects.toThrow(new ShapeError("loadStateDict: '1.exp_avg_sq' must have shape [1], got [3]"));
    expect([await values(layer), await values(optimizer)]).toEqual(before);
    expect(device.memory().liveBuffers).toBe(live);
  });
});
