import { expectAllClose } from '@lusd/testing/allClose';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { MatrixAttentionTile } from '../../src/gpu/attentionMatrixTile.ts';
import { knownSubgroup } from '../../src/gpu/facts.ts';
import { scaledDotProductAttention, scope, type Tensor, tensor } from '../../src/index.ts';
import { attentionForward } from '../../src/kernels/attentionForward.ts';
import { checkCase, checkGolden, type GoldenOperation } from '../support/checkGolden.ts';
import { device } from '../support/device.ts';
import { type GoldenTensor, readGoldenCases } from '../support/golden.ts';

/** Small, in units, so that little sizes have several tiles and steps. */
const TILES = {
  'a subgroup by itself': { rows: 1, columns: 1, subgroupRows: 1, split: 1, buffers: 1, staged: 'inner' },
  'two subgroups, keys and values in a buffer each': {
    rows: 2,
    columns: 2,
    subgroupRows: 1,
    split: 1,
    buffers: 2,
    staged: 'inner',
  },
  'three subgroups': { rows: 3, columns: 2, subgroupRows: 1, split: 1, buffers: 2, staged: 'inner' },
  'values without a pad': {
    rows: 2,
    columns: 2,
    subgroupRows: 1,
    split: 1,
    buffers: 1,
    staged: 'inner',
    valuePad: 0,
  },
  'values as they lie': {
    rows: 2,
    columns: 2,
    subgroupRows: 1,
    split: 1,
    buffers: 2,
    staged: 'natural',
  },
  'heads split over two subgroups of two units': {
    rows: 4,
    columns: 2,
    subgroupRows: 2,
    split: 2,
    buffers: 2,
    staged: 'inner',
  },
  'heads split over four subgroups, values as they lie': {
    rows: 1,
    columns: 1,
    subgroupRows: 1,
    split: 4,
    buffers: 1,
    staged: 'natural',
  },
} as const;

function tileOf(sides: (typeof TILES)[keyof typeof TILES]) {
  const { rows, columns, subgroupRows, split, buffers, staged } = sides;
  const { matrixUnit: unit } = device.facts;
  const subgroup = knownSubgroup(device.facts);
  if (!unit || !subgroup) return undefined;
  const tile: MatrixAttentionTile = {
    kind: 'matrix',
    rows: rows * unit.m,
    columns: columns * unit.n,
    subgroupRows: subgroupRows * unit.m,
    split,
    buffers,
    staged,
    valuePad: 'valuePad' in sides ? sides.valuePad : 8,
    unit,
    subgroupSize: subgroup.size,
    pin: subgroup.pin,
  };
  return tile;
}

const attend: GoldenOperation = ([query, key, value, mask], args) =>
  scaledDotProductAttention(query!, key!, value!, { ...args, ...(mask ? { mask } : {}) });

/** The cases in f32, with halves for operands. Rounding moves scores that are scaled by 20 too far. */
const ROUNDED = (await readGoldenCases('attention', 'scaledDotProductAttention'))
  .filter((c) => c.dtype === 'f32' && c.name !== 'sharpScores')
  .map((c) => ({
    ...c,
    rtol: 5e-3,
    inputs: new Map([...c.inputs].map(([name, x]) => [name, rounded(name, x)])),
  }));

function rounded(name: string, x: GoldenTensor): GoldenTensor {
  return name === 'mask' ? x : { ...x, dtype: 'f16' };
}

const wave = (shape: number[], phase: number, size = 1) =>
  tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => size * Math.sin(i * 1.3 + phase)),
    { shape, dtype: 'f16' },
  );

/** Everything that the kernel decides on: [B, Lq, Lk, H, D], scale, mask, causal. */
const CASES = {
  'heads of 10, which are no vec4s': { sizes: [1, 19, 21, 2, 10] },
  'heads of 40, of two in a batch': { sizes: [2, 33, 77, 2, 40] },
  'causal, with more keys': { sizes: [1, 21, 30, 2, 16], causal: true },
  'causal, with more queries': { sizes: [1, 40, 13, 1, 16], causal: true },
  // The rows' greatest scores grow from step to step, by more than weights in f16 can.
  'scores that grow': { sizes: [1, 17, 61, 1, 8], grow: 4 },
  'a mask, of whole steps too': { sizes: [1, 11, 45, 2, 8], mask: true },
  'a mask and growing scores, causal': { sizes: [1, 41, 41, 2, 8], mask: true, grow: 2, causal: true },
} as const;

// Of today's software adapters lavapipe has matrix units from Mesa 26 on (scripts/newer-mesa.sh).
describe.each(Object.entries(TILES))('attention of halves in matrix units: %s', async (_, sides) => {
  let override: Disposable | undefined;
  beforeAll(() => {
    const attentionTile = tileOf(sides);
    if (attentionTile) override = device.tuning.override({ attentionTile });
  });
  beforeEach((context) => {
    context.skip(device.facts.matrixUnit === null, 'the adapter has no matrix units');
  });
  afterAll(() => override?.[Symbol.dispose]());

  await checkGolden('attention', { scaledDotProductAttention: attend }, ['f16']);

  test.each(ROUNDED)(
    "PyTorch's results, and gradients by the statistics, of operands rounded to halves: $name",
    (c) => checkCase(c, attend),
  );

  test.each(Object.entries(CASES))('as in f32: %s', async (_, options) => {
    const {
      sizes,
      causal = false,
      mask: masked = false,
      grow = 0,
    } = { grow: 0, ...options } as {
      sizes: readonly number[];
      causal?: boolean;
      mask?: boolean;
      grow?: number;
    };
    const [batch, queries, keys, heads, size] = sizes as [number, number, number, number, number];
    const mask = masked ? tensor(maskValues(heads, queries, keys), { shape: [heads, queries, keys] }) : null;
    const query = wave([batch, queries, heads, size], 0);
    const key = grow ? growing([batch, keys, heads, size], grow) : wave([batch, keys, heads, size], 1, 2);
    const value = wave([batch, keys, heads, size], 2);
    const forward = (cast: (x: Tensor) => Tensor) =>
      scope(() =>
        attentionForward({
          query: cast(query),
          key: cast(key),
          value: cast(value),
          mask,
          scale: 0.5,
          causal,
        }),
      );
    const halves = forward((x) => x);
    const expected = forward((x) => x.cast('f32'));
    expectAllClose(await halves.output.data(), await expected.output.data(), {
      rtol: 2e-3,
      atol: 2e-3,
      label: 'output',
    });
    const [statistics, exact] = [await halves.statistics.data(), await expected.statistics.data()];
    expectAllClose(statistics, exact, { rtol: 1e-4, atol: 1e-5, label: 'statistics' });
    for (const x of [query, key, value, mask, ...Object.values(halves), ...Object.values(expected)])
      x?.dispose();
  });

  test('a query that sees no key gives 0', async () => {
    using mask = tensor([
      [0, 0],
      [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY],
    ]);
    using x = wave([1, 2, 1, 4], 0);
    using y = scaledDotProductAttention(x, x, x, { mask });
    expect(Array.from(await y.data()).slice(4)).toEqual([0, 0, 0, 0]);
  });
});

function growing(shape: [number, number, number, number], grow: number): Tensor {
  const [, keys, heads, size] = shape;
  const key = (i: number) => Math.floor(i / (heads * size)) % keys;
  const values = Array.from(
    { length: shape.reduce((a, b) => a * b) },
    (_, i) => Math.sin(i * 1.3) * grow * (1 + key(i) / 4),
  );
  return tensor(new Float32Array(values), { shape, dtype: 'f16' });
}

/** Hides the first and other whole steps of some queries, single keys, and from one query all. */
function maskValues(heads: number, queries: number, keys: number): Float32Array {
  return Float32Array.from({ length: heads * queries * keys }, (_, i) => {
    const [row, column] = [Math.floor(i / keys) % queries, i % keys];
    const hidden = row === 3 || (row % 3 === 1 && column < 17) || (row * 7 + column * 5) % 11 < 3;
    return hidden ? Number.NEGATIVE_INFINITY : Math.cos(i);
  });
}
