import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Conv2d,
  Linear,
  Module,
  openDevice,
  openSafetensors,
  type SafetensorsDType,
  setDevice,
  type TensorData,
  writeSafetensors,
} from '@lusd/tensor';
import { collectGarbage } from '@lusd/testing/collectGarbage';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CheckpointError } from '../../src/checkpointError.ts';
import { diskFile } from '../../src/node/diskFolder.ts';
import { loadWeights } from '../../src/weights/load.ts';
import type { WeightDType } from '../../src/weights/readWeight.ts';
import {
  collectWeights,
  rowsOf,
  type StateDict,
  storedTensors,
  transposed,
  type WeightSource,
} from '../../src/weights/weightSource.ts';
import { device } from '../support/device.ts';

let folder = '';
let path = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'load-weights-'));
  path = join(folder, 'model.safetensors');
});

afterEach(() => rm(folder, { recursive: true }));

class Toy extends Module {
  readonly linear = new Linear(3, 2);
  readonly conv = new Conv2d(2, 2, 1, { bias: false });
}

const LINEAR = [0.25, -0.5, 1, 2, -4, 0.125];
const BIAS = [0, -1.5];
const CONV = [1, 2, 3, 4];
const LINEAR_BITS = {
  F8_E4M3: [0x28, 0xb0, 0x38, 0x40, 0xc8, 0x20],
  F8_E5M2: [0x34, 0xb8, 0x3c, 0x40, 0xc4, 0x30],
  BF16: [0x3e80, 0xbf00, 0x3f80, 0x4000, 0xc080, 0x3e00],
  F16: [0x3400, 0xb800, 0x3c00, 0x4000, 0xc400, 0x3000],
} as const;

const f32 = (shape: number[], values: number[]): TensorData => ({
  dtype: 'F32',
  shape,
  data: Float32Array.from(values),
});

const TOY: Readonly<Record<string, TensorData>> = {
  'linear.weight': f32([2, 3], LINEAR),
  'linear.bias': f32([2], BIAS),
  'conv.weight': f32([2, 2, 1, 1], CONV),
};

async function store(tensors: Readonly<Record<string, TensorData>>): Promise<StateDict> {
  await writeSafetensors(path, new Map(Object.entries(tensors)));
  await using file = await openSafetensors(path);
  return storedTensors({ file: diskFile(path), tensors: file.tensors, metadata: file.metadata });
}

/** Every parameter in PyTorch's layout. */
async function contents(module: Module): Promise<Record<string, number[]>> {
  const found: Record<string, number[]> = {};
  for (const [name, value] of module.stateDict()) {
    found[name] = [...(await value.data())];
    value.dispose();
  }
  return found;
}

async function failure(
  tensors: Readonly<Record<string, TensorData>>,
  dtype: WeightDType = 'f32',
): Promise<CheckpointError> {
  const checkpoint = await store(tensors);
  using toy = new Toy();
  const error = await loadWeights(toy, checkpoint, { dtype }).then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(CheckpointError);
  expect(toy.parameters().some(({ isInitialized }) => isInitialized)).toBe(false);
  return error as CheckpointError;
}

function stored(dtype: SafetensorsDType): TensorData {
  const shape = [2, 3];
  if (dtype === 'F64') return { dtype, shape, data: Float64Array.from(LINEAR) };
  if (dtype === 'F32') return { dtype, shape, data: Float32Array.from(LINEAR) };
  const bits = LINEAR_BITS[dtype as keyof typeof LINEAR_BITS];
  return { dtype, shape, data: dtype.startsWith('F8') ? Uint8Array.from(bits) : Uint16Array.from(bits) };
}

describe('loadWeights', () => {
  const dtypes: SafetensorsDType[] = ['F32', 'F16', 'BF16', 'F64', 'F8_E4M3', 'F8_E5M2'];
  test.each(dtypes.flatMap((from) => (['f32', 'f16'] as const).map((to) => ({ from, to }))))(
    'reads $from as $to',
    async ({ from, to }) => {
      const checkpoint = await store({ ...TOY, 'linear.weight': stored(from) });
      using toy = new Toy();
      await loadWeights(toy, checkpoint, { dtype: to });
      expect(new Set(toy.parameters().map(({ value }) => value.dtype))).toEqual(new Set([to]));
      expect(await contents(toy)).toEqual({
        'linear.weight': LINEAR,
        'linear.bias': BIAS,
        'conv.weight': CONV,
      });
    },
  );

  test('reads rows, transposed matrices, and matrices for 1x1 convolutions', async () => {
    const checkpoint = await store({
      rows: { dtype: 'F16', shape: [5, 1], data: Uint16Array.from([0, 0x3c00, 0x4000, 0x4200, 0x7e00]) },
      transposed: f32([3, 2], [0.25, 2, -0.5, -4, 1, 0.125]),
      matrix: f32([2, 2], CONV),
    });
    const bias = { ...rowsOf(checkpoint.get('rows')!, 1, 3), shape: [2] };
    const toy = new Toy();
    await loadWeights(
      toy,
      new Map([
        ['linear.bias', bias],
        ['linear.weight', transposed(checkpoint.get('transposed')!)],
        ['conv.weight', checkpoint.get('matrix')!],
      ]),
    );
    expect(await contents(toy)).toEqual({
      'linear.weight': LINEAR,
      'linear.bias': [1, 2],
      'conv.weight': CONV,
    });
    toy.dispose();
  });

  describe('B10: one weight under two names', () => {
    const bothNames = async (second: readonly number[]) => {
      const tensors = await store({ ...TOY, 'old.linear.bias': f32([2], [...second]) });
      return collectWeights(
        [...tensors].map(([name, source]): [string, WeightSource] => [name.replace(/^old\./, ''), source]),
      );
    };

    test('is read where both have the same bytes', async () => {
      using toy = new Toy();
      await loadWeights(toy, await bothNames(BIAS));
      expect((await contents(toy))['linear.bias']).toEqual(BIAS);
    });

    test('is refused where they differ', async () => {
      using toy = new Toy();
      await expect(loadWeights(toy, await bothNames([0, 1]))).rejects.toThrow(
        /'linear\.bias' is stored twice and differently, as 'linear\.bias' in .* and as 'old\.linear\.bias'/,
      );
    });
  });

  test('freezes the weights until told otherwise', async () => {
    using toy = new Toy();
    await loadWeights(toy, await store(TOY));
    expect(toy.parameters().some(({ value }) => value.requiresGrad)).toBe(false);
    toy.requireGrad(true);
    expect(toy.parameters().every(({ value }) => value.requiresGrad)).toBe(true);
  });

  test('lists everything that does not fit in one error', async () => {
    const { 'linear.bias': _, ...rest } = TOY;
    const { message } = await failure({
      ...rest,
      'linear.weight': f32([3, 2], LINEAR),
      'conv.weight': { dtype: 'I32', shape: [2, 2, 1, 1], data: Int32Array.from(CONV) },
      'extra.one': f32([1], [0]),
      'extra.two': f32([1], [0]),
    });
    expect(message).toBe(
      `The weights in ${path} do not fit the model's configuration: missing: linear.bias; ` +
        'unexpected: extra.one, extra.two; misshapen: linear.weight [3, 2] instead of [2, 3]; ' +
        'of a dtype that holds no weights: conv.weight I32.',
    );
  });

  test.each([
    ['NaN in F32', f32([2], [1, Number.NaN])],
    ['an infinity in F32', f32([2], [1, Number.NEGATIVE_INFINITY])],
    ['NaN in F16', { dtype: 'F16', shape: [2], data: Uint16Array.of(0, 0xfe00) }],
    ['an infinity in BF16', { dtype: 'BF16', shape: [2], data: Uint16Array.of(0, 0x7f80) }],
    ['NaN in F8_E4M3', { dtype: 'F8_E4M3', shape: [2], data: Uint8Array.of(0, 0x7f) }],
  ] satisfies [string, TensorData][])('refuses %s', async (_, bias) => {
    for (const dtype of ['f32', 'f16'] as const) {
      const { message } = await failure({ ...TOY, 'linear.bias': bias }, dtype);
      expect(message).toBe(
        `${path}: the weight 'linear.bias' (stored as 'linear.bias') holds NaN or an infinity at element 1; ` +
          'the checkpoint is damaged, download it again.',
      );
    }
  });

  test('refuses to make an infinity by narrowing', async () => {
    const tensors = { ...TOY, 'linear.bias': f32([2], [65_519, -65_520]) };
    const { message } = await failure(tensors, 'f16');
    expect(message).toContain("'linear.bias') holds a value too large for f16 at element 1; load it as f32.");
    using toy = new Toy();
    await loadWeights(toy, await store({ ...TOY, 'linear.bias': f32([2], [65_519, -65_519]) }), {
      dtype: 'f16',
    });
    expect((await contents(toy))['linear.bias']).toEqual([65_504, -65_504]);
  });

  test('holds one tensor at a time', async () => {
    const [count, side] = [24, 2048];
    const tensorBytes = 4 * side * side;
    const checkpoint = await storeZeros(count, side);
    using module = new Stack(count, side);
    const before = process.memoryUsage().arrayBuffers;
    let peak = 0;
    const timer = setInterval(() => {
      collectGarbage();
      peak = Math.max(peak, process.memoryUsage().arrayBuffers - before);
    });
    await withoutPoison(() => loadWeights(module, checkpoint, { dtype: 'f16' }));
    clearInterval(timer);
    expect(peak).toBeGreaterThan(0);
    expect(peak).toBeLessThan(4 * tensorBytes);
  });
});

class Stack extends Module {
  readonly layers: readonly Linear[];

  constructor(count: number, side: number) {
    super();
    this.layers = Array.from({ length: count }, () => new Linear(side, side, { bias: false }));
  }
}

/** Runs `body` on a device that does not fill the memory it reuses, which takes longer than the rest of this test. */
async function withoutPoison(body: () => Promise<void>): Promise<void> {
  const plain = await openDevice({ adapter: process.env.LUSD_ADAPTER ?? 'auto', log: null });
  try {
    await body();
  } finally {
    setDevice(device);
    plain.destroy();
  }
}

/** `count` matrices of zeros, which take no room on most disks. */
async function storeZeros(count: number, side: number): Promise<StateDict> {
  const bytes = 4 * side * side;
  const header = Object.fromEntries(
    Array.from({ length: count }, (_, i) => [
      `layers.${i}.weight`,
      { dtype: 'F32', shape: [side, side], data_offsets: [i * bytes, (i + 1) * bytes] },
    ]),
  );
  const text = new TextEncoder().encode(JSON.stringify(header));
  const head = new Uint8Array(8 + text.length);
  new DataView(head.buffer).setBigUint64(0, BigInt(text.length), true);
  head.set(text, 8);
  const file = await open(path, 'w');
  await file.write(head);
  await file.truncate(head.length + count * bytes);
  await file.close();
  await using opened = await openSafetensors(path);
  return storedTensors({ file: diskFile(path), tensors: opened.tensors, metadata: opened.metadata });
}
