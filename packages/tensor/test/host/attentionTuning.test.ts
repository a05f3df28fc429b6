import { describe, expect, test } from 'vitest';
import { matrixLayout, planMatrixAttention } from '../../src/gpu/attentionMatrixTile.ts';
import { planMatrixScores, scoresLayout } from '../../src/gpu/attentionScoresTile.ts';
import { type AttentionTile, planAttention } from '../../src/gpu/attentionTuning.ts';
import { mostWorkgroupBytes } from '../../src/gpu/facts.ts';
import { Tuning } from '../../src/gpu/tuning.ts';
import { AMD, APPLE, INTEL, LAVAPIPE, NVIDIA } from '../support/adapterFacts.ts';

const BYTES = 65536;
/** Stable Diffusion's: the UNet's, and the autoencoder's. */
const HEADS = [40, 80, 160, 512];

describe('planMatrixAttention', () => {
  test('holds more queries, and takes wider steps, the smaller the head', () => {
    const tiles = HEADS.map((head) => planMatrixAttention(NVIDIA, BYTES, head));
    expect(tiles).toMatchObject([
      { rows: 128, columns: 32, split: 1, buffers: 2, subgroupSize: 32, pin: null },
      { rows: 128, columns: 32, split: 1, buffers: 2 },
      { rows: 64, columns: 16, split: 2, buffers: 2 },
      { rows: 16, columns: 16, split: 8, buffers: 1 },
    ]);
  });

  test('has two workgroups on a compute unit of AMD', () => {
    const tiles = HEADS.map((head) => planMatrixAttention(AMD, BYTES, head));
    expect(tiles).toMatchObject([
      { rows: 96, columns: 32, split: 1, buffers: 2, subgroupSize: 32, pin: 32 },
      { rows: 128, columns: 16, split: 1, buffers: 2 },
      { rows: 64, columns: 16, split: 2, buffers: 2 },
      { rows: 16, columns: 16, split: 8, buffers: 1, valuePad: 0 },
    ]);
  });

  test('needs matrix units and subgroups of 32', () => {
    expect(planMatrixAttention({ ...AMD, matrixUnit: null }, BYTES, 40)).toBeNull();
    expect(planMatrixAttention({ ...AMD, subgroupSizeControl: false }, BYTES, 40)).toBeNull();
    expect(planMatrixAttention({ ...AMD, subgroupMinSize: 64 }, BYTES, 40)).toBeNull();
    expect(planMatrixAttention({ ...AMD, software: true }, BYTES, 40)).toBeNull();
    expect(planMatrixAttention(INTEL, BYTES, 40)).toBeNull();
    expect(planMatrixAttention(AMD, BYTES, 1024)).toBeNull();
  });

  test('keeps to the workgroup memory that there is', () => {
    expect(planMatrixAttention(APPLE, 32768, 40)).toMatchObject({ rows: 96, columns: 32, pin: null });
    expect(planMatrixAttention(APPLE, 32768, 512)).toMatchObject({ columns: 16, valuePad: 0 });
    expect(planMatrixAttention(APPLE, 16384, 512)).toBeNull();
  });

  test.each([AMD, APPLE, NVIDIA])('its tiles divide evenly: $vendor', (facts) => {
    const { m, n, k } = facts.matrixUnit!;
    for (const head of [1, 5, 8, 40, 64, 80, 96, 128, 160, 320, 512]) {
      const tile = planMatrixAttention(facts, BYTES, head)!;
      const layout = matrixLayout(tile, head);
      expect(layout.threads).toBeGreaterThanOrEqual(192);
      expect(layout.head).toBeGreaterThanOrEqual(head);
      expect(layout.slice % n).toBe(0);
      expect(layout.slice % k).toBe(0);
      expect(tile.subgroupRows % m).toBe(0);
      expect(tile.columns % Math.max(n, k)).toBe(0);
      // A row's lanes lie in one subgroup, and each has scores of its own.
      expect([1, 2, 4, 8, 16, 32]).toContain(layout.rowLanes);
      expect(layout.laneColumns).toBeGreaterThanOrEqual(1);
      expect(Number.isInteger(layout.laneColumns)).toBe(true);
      expect(layout.bytes).toBeLessThanOrEqual(mostWorkgroupBytes(facts));
    }
  });
});

describe('planMatrixScores', () => {
  test('takes heads of up to 80 whole, and larger ones in equal parts', () => {
    const depths = [5, 40, 64, 80, 96, 160, 512].map((head) => planMatrixScores(AMD, BYTES, head)?.depth);
    expect(depths).toEqual([16, 48, 64, 80, 48, 80, 80]);
  });

  test('needs matrix units and subgroups of 32', () => {
    expect(planMatrixScores({ ...AMD, matrixUnit: null }, BYTES, 80)).toBeNull();
    expect(planMatrixScores({ ...AMD, subgroupSizeControl: false }, BYTES, 80)).toBeNull();
    expect(planMatrixScores({ ...AMD, subgroupMinSize: 64 }, BYTES, 80)).toBeNull();
    expect(planMatrixScores({ ...AMD, software: true }, BYTES, 80)).toBeNull();
    expect(planMatrixScores(INTEL, BYTES, 80)).toBeNull();
  });

  test('keeps to the workgroup memory that there is', () => {
    expect(planMatrixScores(NVIDIA, BYTES, 80)).toMatchObject({ rows: 128, columns: 32, pin: null });
    expect(planMatrixScores(AMD, BYTES, 80)).toMatchObject({ rows: 96, columns: 32, pin: 32 });
    expect(planMatrixScores(APPLE, 32768, 80)).toMatchObject({ rows: 96, columns: 32, pin: null });
    expect(planMatrixScores(APPLE, 16384, 80)).toBeNull();
  });

  test.each([AMD, APPLE, NVIDIA])('its tiles divide evenly: $vendor', (facts) => {
    const { m, n, k } = facts.matrixUnit!;
    for (const head of [1, 5, 8, 40, 64, 80, 96, 128, 160, 320, 512]) {
      const tile = planMatrixScores(facts, BYTES, head)!;
      const layout = scoresLayout(tile);
      const { depth, columns, storedColumns, subgroupRows, subgroupSize } = tile;
      for (const units of [depth / k, storedColumns / n, subgroupRows / m, columns / storedColumns])
        expect(Number.isInteger(units)).toBe(true);
      // A row's lanes lie in one subgroup, and each has scores of its own, a bit each.
      expect(layout.rowLanes).toBe(subgroupSize / subgroupRows);
      expect([1, 2, 4, 8, 16, 32]).toContain(layout.laneColumns);
      expect(layout.threads).toBeGreaterThanOrEqual(192);
      expect(layout.bytes).toBeLessThanOrEqual(mostWorkgroupBytes(facts));
    }
  });
});

describe('a given tile', () => {
  const matrix = planMatrixAttention(AMD, BYTES, 40)!;
  const scalar: AttentionTile = {
    kind: 'shared',
    rows: 1,
    columns: 4,
    lanes: 32,
    split: 1,
    sum: 'memory',
    pin: null,
  };

  test('of matrix units is taken for the forward pass of halves alone', () => {
    const tuning = new Tuning({ ...AMD, matrixUnit: null }, BYTES);
    const own = tuning.attention('backward', 40);
    using _ = tuning.override({ attentionTile: matrix });
    expect(tuning.matrixAttention(40)).toBe(matrix);
    expect(tuning.attention('backward', 40)).toEqual(own);
  });

  test('of scores is taken for scores of halves alone', () => {
    const tuning = new Tuning({ ...AMD, matrixUnit: null }, BYTES);
    const scoresTile = planMatrixScores(AMD, BYTES, 40)!;
    using _ = tuning.override({ scoresTile });
    expect(tuning.matrixScores(80)).toBe(scoresTile);
    expect(tuning.matrixAttention(80)).toBeNull();
  });

  test('of another kind is taken for every pass', () => {
    const tuning = new Tuning(AMD, BYTES);
    expect(tuning.matrixAttention(40)).toEqual(matrix);
    using _ = tuning.override({ attentionTile: scalar });
    expect(tuning.matrixAttention(40)).toBeNull();
    expect(tuning.matrixScores(40)).toBeNull();
    expect(tuning.attention('forward', 40)).toBe(scalar);
  });
});

test('software adapters take the same tile for every pass, whatever their subgroups', () => {
  for (const subgroup of [4, 8, 16]) {
    const facts = { ...LAVAPIPE, subgroupMinSize: subgroup, subgroupMaxSize: subgroup };
    for (const pass of ['forward', 'backward', 'statistics', 'probabilities'] as const)
      expect(planAttention(facts, BYTES, pass, 40)).toEqual({
        kind: 'broadcast',
        rows: 2,
        columns: 16,
        subgroupSize: subgroup,
      });
  }
});
