import { describe, expect, test } from 'vitest';
import { knownSubgroup, matrixSubgroup } from '../../src/gpu/facts.ts';
import { gemmCandidates } from '../../src/gpu/gemmFamilies.ts';
import { type GemmTile, threadsOf } from '../../src/gpu/gemmTile.ts';
import { planGemm } from '../../src/gpu/gemmTuning.ts';
import { matrixUnitOf } from '../../src/gpu/matrixUnits.ts';
import { Tuning } from '../../src/gpu/tuning.ts';
import type { AdapterFacts } from '../../src/index.ts';
import { AMD, APPLE, GCN, INTEL, LAVAPIPE, NVIDIA } from '../support/adapterFacts.ts';

/** That its threads share out what is staged and multiplied without a remainder. */
function expectComputable(tile: GemmTile): void {
  expect(threadsOf(tile) % 1).toBe(0);
  if (tile.kind === 'broadcast') return;
  expect(tile.depth % 8).toBe(0);
  expect(tile.rows % 4).toBe(0);
  expect(tile.columns % 4).toBe(0);
  if (tile.kind === 'shared') return;
  const { unit, subgroupRows, subgroupColumns, slices } = tile;
  for (const extent of [subgroupRows / unit.m, subgroupColumns / unit.n, tile.depth / slices / unit.k])
    expect(extent % 1).toBe(0);
}

const CONV = { m: 8192, n: 320, k: 2880, batch: 1, halves: true };

describe('planGemm', () => {
  const tileOn = (facts: AdapterFacts, size = CONV) => planGemm(facts, size).tile;

  test('takes matrix units for halves on a NVIDIA whose subgroups have one size, or can be pinned to one', () => {
    expect(tileOn(NVIDIA)).toMatchObject({
      kind: 'matrix',
      rows: 128,
      columns: 128,
      unit: { m: 16 },
      depth: 32,
    });
    expect(tileOn(NVIDIA, { ...CONV, m: 65536, n: 512 })).toMatchObject({ kind: 'matrix', columns: 128 });
    expect(tileOn(NVIDIA, { ...CONV, halves: false }).kind).toBe('shared');
    expect(tileOn({ ...NVIDIA, matrixUnit: null }).kind).toBe('shared');
    expect(tileOn({ ...NVIDIA, subgroupMaxSize: 64 }).kind).toBe('shared');
    expect(tileOn(AMD)).toMatchObject({ kind: 'matrix', subgroupSize: 32, pin: 32 });
    expect(tileOn(INTEL)).toMatchObject({ kind: 'matrix', subgroupSize: 16, pin: 16 });
  });

  test('every tile can be computed', () => {
    for (const facts of [NVIDIA, AMD, INTEL, APPLE, GCN, { ...NVIDIA, vendor: 'qualcomm' }])
      for (const halves of [false, true])
        for (const { tile } of gemmCandidates(facts, halves)) expectComputable(tile);
  });

  test('takes smaller tiles where large ones would be padding', () => {
    expect(tileOn(AMD, { ...CONV, m: 64, n: 32768 })).toMatchObject({ rows: 64, columns: 64 });
    expect(tileOn(AMD, { ...CONV, m: 8192, n: 2560 })).toMatchObject({ rows: 128, columns: 128 });
  });

  test('broadcasts on a software adapter, with as many rows as there are', () => {
    expect(tileOn(LAVAPIPE)).toEqual({
      kind: 'broadcast',
      rows: 16,
      columns: 32,
      subgroupSize: 8,
      pin: null,
    });
    const rowsFor = (m: number) => tileOn(LAVAPIPE, { ...CONV, m });
    expect(rowsFor(4)).toMatchObject({ rows: 4 });
    expect(rowsFor(16)).toMatchObject({ rows: 16 });
    expect(rowsFor(5)).toMatchObject({ rows: 8 });
    const narrow = { ...LAVAPIPE, subgroupMinSize: 4, subgroupMaxSize: 4 };
    expect(tileOn(narrow)).toMatchObject({ rows: 16, columns: 16 });
    expect(tileOn({ ...LAVAPIPE, subgroupMaxSize: 16 }).kind).toBe('shared');
  });

  test('cuts the inner dimension where tiles are few', () => {
    expect(planGemm(NVIDIA, { ...CONV, m: 64, n: 64 }).splits).toBe(11);
    expect(planGemm(NVIDIA, { ...CONV, m: 128, n: 1280, k: 11520 }).splits).toBeGreaterThan(1);
    expect(planGemm(NVIDIA, { ...CONV, m: 65536 }).splits).toBe(1);
  });

  test('but first gives each step to more subgroups, which takes no launch', () => {
    const few = planGemm(AMD, { ...CONV, m: 1, n: 1280, k: 1280 });
    expect(few).toMatchObject({ splits: 1, tile: { rows: 32, slices: 4 } });
    const some = planGemm(AMD, { ...CONV, m: 512, n: 1280, k: 11520 });
    expect(some).toMatchObject({ splits: 1, tile: { rows: 64, slices: 2 } });
  });

  test('takes small tiles on a NVIDIA for products of few rows, and for short ones', () => {
    expect(tileOn(NVIDIA, { ...CONV, m: 1, n: 1280, k: 1280 })).toMatchObject({ rows: 16 });
    expect(tileOn(NVIDIA, { ...CONV, m: 8192, n: 320, k: 320 })).toMatchObject({ rows: 64, columns: 64 });
    expect(tileOn(NVIDIA, { ...CONV, m: 8192, n: 320, k: 1280 })).toMatchObject({ rows: 128, columns: 128 });
  });

  test('turns products of few columns on a software adapter', () => {
    expect(planGemm(LAVAPIPE, { ...CONV, n: 4 }).transposed).toBe(true);
    expect(planGemm(NVIDIA, { ...CONV, n: 4 }).transposed).toBe(false);
  });

  test('takes a given tile, but not one of matrix units to multiply f32', () => {
    const tile = tileOn(NVIDIA);
    expect(planGemm(LAVAPIPE, CONV, tile).tile).toBe(tile);
    expect(planGemm(LAVAPIPE, { ...CONV, halves: false }, tile).tile.kind).toBe('broadcast');
  });
});

describe('Tuning', () => {
  const attentionTile = {
    kind: 'shared',
    rows: 1,
    columns: 4,
    lanes: 32,
    split: 1,
    sum: 'memory',
    pin: null,
  } as const;

  test('chooses by the facts of the adapter, or by those that it is taken to have', () => {
    const tuning = new Tuning(LAVAPIPE, 32768);
    expect(tuning.gemm(CONV).tile.kind).toBe('broadcast');
    {
      using _ = tuning.override({ facts: NVIDIA });
      expect(tuning.gemm(CONV).tile.kind).toBe('matrix');
      expect(tuning.facts).toEqual(NVIDIA);
    }
    expect(tuning.gemm(CONV).tile.kind).toBe('broadcast');
    expect(tuning.facts).toEqual(LAVAPIPE);
  });

  test('overrides nest, and end in reverse order, also by an error', () => {
    const tuning = new Tuning(LAVAPIPE, 32768);
    const gemmTile = planGemm(NVIDIA, CONV).tile;
    const own = tuning.attention('forward', 40);
    const fail = () => {
      using _ = tuning.override({ gemmTile });
      using __ = tuning.override({ attentionTile });
      expect(tuning.attention('forward', 40)).toBe(attentionTile);
      expect(tuning.gemm(CONV).tile).toBe(gemmTile);
      throw new Error('stop');
    };
    expect(fail).toThrow('stop');
    expect(tuning.attention('forward', 40)).toEqual(own);
    expect(tuning.gemm(CONV).tile.kind).toBe('broadcast');
  });
});

describe('matrixUnitOf', () => {
  const square = (edge: number, componentType: string, resultComponentType: string) => ({
    M: edge,
    N: edge,
    K: edge,
    componentType,
    resultComponentType,
  });
  const adapter = (features: string[], subgroupMatrixConfigs?: object[]) =>
    ({ features: new Set(features), info: { subgroupMatrixConfigs } }) as unknown as GPUAdapter;
  const FEATURES = ['shader-f16', 'chromium-experimental-subgroup-matrix'];

  const unit = (m: number, n: number, k: number) => ({
    M: m,
    N: n,
    K: k,
    componentType: 'f16',
    resultComponentType: 'f32',
  });

  test('is of halves that are added up in f32, a square of 16 if there is one', () => {
    const configs = [
      square(8, 'f16', 'f32'),
      square(16, 'f16', 'f16'),
      square(64, 'u8', 'u32'),
      unit(16, 8, 32),
    ];
    expect(matrixUnitOf(adapter(FEATURES, configs))).toEqual({ m: 8, n: 8, k: 8 });
    expect(matrixUnitOf(adapter(FEATURES, [...configs, unit(16, 16, 16)]))).toEqual({ m: 16, n: 16, k: 16 });
    expect(matrixUnitOf(adapter(FEATURES, [...configs, unit(8, 16, 16)]))).toEqual({ m: 8, n: 16, k: 16 });
  });

  test('is null on a software adapter of wide vectors, which would end the process', () => {
    const lavapipe = (subgroupMaxSize: number) => {
      const { features, info } = adapter(FEATURES, [square(8, 'f16', 'f32')]);
      return {
        features,
        info: { ...info, isFallbackAdapter: true, subgroupMaxSize },
      } as unknown as GPUAdapter;
    };
    expect(matrixUnitOf(lavapipe(8))).toEqual({ m: 8, n: 8, k: 8 });
    expect(matrixUnitOf(lavapipe(16))).toBeNull();
  });

  test('is null without the features or a shape that the kernels know', () => {
    expect(matrixUnitOf(adapter(['shader-f16'], [square(16, 'f16', 'f32')]))).toBeNull();
    expect(matrixUnitOf(adapter([FEATURES[1]!], [square(16, 'f16', 'f32')]))).toBeNull();
    expect(matrixUnitOf(adapter(FEATURES, [square(16, 'f32', 'f32')]))).toBeNull();
    expect(matrixUnitOf(adapter(FEATURES, [unit(16, 8, 32)]))).toBeNull();
    expect(matrixUnitOf(adapter(FEATURES))).toBeNull();
  });
});

describe('knownSubgroup', () => {
  test('is the only size, or the wanted one where kernels can be pinned to it', () => {
    const amd = { ...NVIDIA, subgroupMaxSize: 64 };
    expect(knownSubgroup(LAVAPIPE)).toEqual({ size: 8, pin: null });
    expect(knownSubgroup(amd)).toBeNull();
    expect(knownSubgroup({ ...amd, subgroupSizeControl: true })).toEqual({ size: 32, pin: 32 });
    expect(knownSubgroup({ ...amd, subgroupSizeControl: true }, 16)).toBeNull();
    expect(knownSubgroup({ ...amd, subgroupMinSize: 0, subgroupMaxSize: 0 })).toBeNull();
  });
});

describe('matrixSubgroup', () => {
  test('is of as many lanes as a unit has columns on Intel, and of 32 elsewhere', () => {
    expect(matrixSubgroup(NVIDIA)).toEqual({ size: 32, pin: null });
    expect(matrixSubgroup(AMD)).toEqual({ size: 32, pin: 32 });
    expect(matrixSubgroup(INTEL)).toEqual({ size: 16, pin: 16 });
    const alchemist = { ...INTEL, subgroupMinSize: 8, matrixUnit: { m: 8, n: 8, k: 16 } };
    expect(matrixSubgroup(alchemist)).toEqual({ size: 8, pin: 8 });
    expect(matrixSubgroup(LAVAPIPE)).toEqual({ size: 8, pin: null });
  });

  test('is null without units, or where kernels cannot be pinned to it', () => {
    expect(matrixSubgroup(GCN)).toBeNull();
    expect(matrixSubgroup({ ...AMD, subgroupSizeControl: false })).toBeNull();
    expect(matrixSubgroup({ ...AMD, subgroupMinSize: 64, subgroupMaxSize: 128 })).toBeNull();
  });
});
