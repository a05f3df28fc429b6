import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  cosineSimilarity,
  meanAbsoluteDifference,
  meanSquaredDifference,
} from '../../src/metrics/distance.ts';
import { turnFiles } from '../../src/metrics/magicBrush.ts';
import { simpson } from '../../src/metrics/simpson.ts';
import { type EditScores, type MetricSummary, summarizeByCategory } from '../../src/metrics/summary.ts';

type Nullable<T> = { [K in keyof T]: T[K] | null };

interface KnownMetrics {
  tables: { scores: EditScores[]; summaries: Record<'all' | 'add' | 'change', Nullable<MetricSummary>> }[];
  images: { a: number[]; b: number[]; l1: number; l2: number };
  embeddings: { a: number[]; b: number[]; cosine: number };
  simpson: { samples: number[]; spacing: number; integral: number };
}

const known: KnownMetrics = JSON.parse(
  readFileSync(new URL('../golden/metrics.json', import.meta.url), 'utf8'),
) as KnownMetrics;

describe('Simpson integral', () => {
  test("is scipy's", () => {
    const { samples, spacing, integral } = known.simpson;
    expect(simpson(samples, spacing)).toBeCloseTo(integral, 12);
  });

  test('is exact for a cubic', () => {
    const samples = [0, 0.5, 1, 1.5, 2].map((x) => x ** 3);
    expect(simpson(samples, 0.5)).toBeCloseTo(4, 14);
  });

  test.each([0, 1, 2, 40])('refuses %d samples', (count) => {
    expect(() => simpson(new Array<number>(count).fill(1), 1)).toThrow(RangeError);
  });
});

describe('distances', () => {
  test("of images are torch's losses", () => {
    const [a, b] = [Uint8Array.from(known.images.a), Uint8Array.from(known.images.b)];
    expect(meanAbsoluteDifference(a, b)).toBeCloseTo(known.images.l1, 6);
    expect(meanSquaredDifference(a, b)).toBeCloseTo(known.images.l2, 6);
  });

  test("of embeddings is scipy's cosine", () => {
    const { a, b, cosine } = known.embeddings;
    expect(cosineSimilarity(Float32Array.from(a), Float32Array.from(b))).toBeCloseTo(cosine, 12);
  });

  test('need two arrays of one length and a direction', () => {
    expect(() => meanAbsoluteDifference(new Uint8Array(3), new Uint8Array(6))).toThrow('not 3 with 6');
    expect(() => cosineSimilarity(new Float32Array(0), new Float32Array(0))).toThrow('not 0 with 0');
    expect(() => cosineSimilarity(new Float32Array(2), new Float32Array(2))).toThrow('zero vector');
  });
});

describe('tables', () => {
  const rows = known.tables.flatMap(({ scores, summaries }, table) =>
    (['all', 'add', 'change'] as const).map((category) => ({
      title: `${category} of table ${table}`,
      actual: summarizeByCategory(scores)[category],
      expected: summaries[category],
    })),
  );

  test.each(rows)('$title', ({ actual, expected }) => {
    for (const metric of Object.keys(expected) as (keyof MetricSummary)[]) {
      const value = expected[metric];
      if (value === null) expect(actual[metric]).toBeNaN();
      else expect(actual[metric]).toBeCloseTo(value, 12);
    }
  });
});

test("MagicBrush's files of a first and a later turn", () => {
  expect(turnFiles('42', 1)).toEqual({
    generated: '42/42_1.png',
    input: '42/42-input.png',
    groundTruth: '42/42-output1.png',
    caption: '42-output1.png',
  });
  expect(turnFiles('42', 3)).toEqual({
    generated: '42/42_inde_3.png',
    input: '42/42-output2.png',
    groundTruth: '42/42-output3.png',
    caption: '42-output3.png',
  });
});
