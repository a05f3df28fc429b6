import { expectAllClose } from '@lusd/testing/allClose';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { MatrixScoresTile } from '../../src/gpu/attentionScoresTile.ts';
import { knownSubgroup } from '../../src/gpu/facts.ts';
import { attentionMap, scope, type Tensor, tensor } from '../../src/index.ts';
import { attentionStatistics } from '../../src/kernels/attentionStatistics.ts';
import { checkGolden } from '../support/checkGolden.ts';
import { device } from '../support/device.ts';

/** Small, in units, so that little sizes have several tiles, rounds and parts of heads. */
const TILES = {
  'a unit by itself': { rows: 1, columns: 1, storedColumns: 1, depth: 1, subgroups: 1 },
  'two subgroups, of which each stores its scores in two rounds': {
    rows: 2,
    columns: 2,
    storedColumns: 1,
    depth: 2,
    subgroups: 1,
  },
  'three subgroups': { rows: 3, columns: 2, storedColumns: 1, depth: 2, subgroups: 1 },
  'scores stored at once': { rows: 2, columns: 2, storedColumns: 2, depth: 5, subgroups: 1 },
  // As on GPUs, whose subgroups have more lanes than a unit has rows: two subgroups that do the same stand for one.
  'two lanes a row': { rows: 2, columns: 2, storedColumns: 1, depth: 2, subgroups: 2 },
  'four lanes a row': { rows: 1, columns: 2, storedColumns: 2, depth: 1, subgroups: 4 },
} as const;

function tileOf(sides: (typeof TILES)[keyof typeof TILES]): MatrixScoresTile | null {
  const { matrixUnit: unit } = device.facts;
  const subgroup = knownSubgroup(device.facts);
  if (!unit || !subgroup) return null;
  return {
    rows: sides.rows * unit.m,
    columns: sides.columns * unit.n,
    subgroupRows: unit.m,
    storedColumns: sides.storedColumns * unit.n,
    depth: sides.depth * unit.k,
    unit,
    subgroupSize: sides.subgroups * subgroup.size,
    pin: subgroup.pin,
  };
}

const wave = (shape: number[], phase: number, size = 1) =>
  tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => size * Math.sin(i * 1.3 + phase)),
    { shape, dtype: 'f16' },
  );

/** What the kernels decide on: [B, Lq, Lk, H, D], mask, causal. */
const CASES = {
  'heads of 10, which are no vec4s': { sizes: [1, 19, 21, 3, 10] },
  'heads of 40, two in a batch': { sizes: [2, 33, 77, 2, 40] },
  'causal, with more keys': { sizes: [1, 21, 30, 2, 16], causal: true },
  'causal, with more queries': { sizes: [1, 40, 13, 1, 16], causal: true },
  'a mask, of whole tiles too': { sizes: [1, 11, 45, 2, 8], mask: true },
  'a mask, causal': { sizes: [1, 41, 41, 2, 8], mask: true, causal: true },
} as const;

// Of today's software adapters lavapipe has matrix units from Mesa 26 on (scripts/newer-mesa.sh).
describe.each(Object.entries(TILES))('maps of halves in matrix units: %s', async (_, sides) => {
  let override: Disposable | undefined;
  beforeAll(() => {
    const scoresTile = tileOf(sides);
    if (scoresTile) override = device.tuning.override({ scoresTile });
  });
  beforeEach((context) => {
    context.skip(device.facts.matrixUnit === null, 'the adapter has no matrix units');
  });
  afterAll(() => override?.[Symbol.dispose]());

  await checkGolden(
    'attentionMap',
    { attentionMap: ([query, key], args) => attentionMap(query!, key!, args) },
    ['f16'],
  );

  test.each(Object.entries(CASES))('as in f32: %s', async (_, options) => {
    const {
      sizes: [batch, queries, keys, heads, size],
      causal = false,
      mask: masked = false,
    } = { causal: false, mask: false, ...options };
    using mask = masked
      ? tensor(maskValues(heads, queries, keys), { shape: [heads, queries, keys] })
      : undefined;
    using query = wave([batch, queries, heads, size], 0);
    using key = wave([batch, keys, heads, size], 1, 2);
    const results = (cast: (x: Tensor) => Tensor) =>
      scope(() => {
        const [q, k] = [cast(query), cast(key)];
        const rest = { scale: 0.5, causal };
        const map = (headMean: boolean) => attentionMap(q, k, { ...rest, ...(mask && { mask }), headMean });
        return {
          statistics: attentionStatistics({ query: q, key: k, mask: mask ?? null, ...rest }),
          mean: map(true),
          map: map(false),
        };
      });
    const halves = results((x) => x);
    const exact = results((x) => x.cast('f32'));
    for (const name of ['statistics', 'mean', 'map'] as const) {
      const label = name;
      expectAllClose(await halves[name].data(), await exact[name].data(), { rtol: 1e-4, atol: 1e-5, label });
    }
    for (const x of [...Object.values(halves), ...Object.values(exact)]) x.dispose();
  });

  test('a query that sees no key is NaN', async () => {
    using mask = tensor([
      [0, 0],
      [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY],
    ]);
    using x = wave([1, 2, 2, 4], 0);
    using y = attentionMap(x, x, { mask, headMean: true });
    expect(Array.from(await y.data()).slice(2)).toEqual([Number.NaN, Number.NaN]);
  });
});

/** Hides the first and other whole tiles of some queries, and single keys. */
function maskValues(heads: number, queries: number, keys: number): Float32Array {
  return Float32Array.from({ length: heads * queries * keys }, (_, i) => {
    const [row, column] = [Math.floor(i / keys) % queries, i % keys];
    const hidden = column > 0 && ((row % 3 === 1 && column < 17) || (row * 7 + column * 5) % 11 < 3);
    return hidden ? Number.NEGATIVE_INFINITY : Math.cos(i);
  });
}
