import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { aggregatesOf, type Scores, successShares } from '../../src/metrics/aggregate.ts';
import {
  cosineSimilarity,
  meanAbsoluteDifference,
  meanSquaredDifference,
} from '../../src/metrics/distance.ts';
import { turnFiles } from '../../src/metrics/layouts/magicBrush.ts';
import { parseCategoryRows } from '../../src/metrics/layouts/turnTable.ts';
import { metricsNamed } from '../../src/metrics/registry.ts';
import { bootstrapInterval } from '../../src/metrics/statistics/bootstrap.ts';
import { simpson } from '../../src/metrics/statistics/simpson.ts';
import { wilsonInterval } from '../../src/metrics/statistics/wilson.ts';
import {
  compareMethods,
  type ScoredItem,
  summarize,
  summarizeByCategory,
} from '../../src/metrics/summary.ts';

interface KnownScores {
  category: 'add' | 'change' | 'remove';
  l1: number;
  clip_i: number;
  clip_t: number;
  clip_r: number;
}

interface KnownMetrics {
  tables: {
    scores: KnownScores[];
    summaries: Record<'all' | 'add' | 'change', Record<string, number | null>>;
  }[];
  images: { a: number[]; b: number[]; l1: number; l2: number };
  embeddings: { a: number[]; b: number[]; cosine: number };
  bootstrap: {
    seed: number;
    resamples: number;
    rowsPerSession: number;
    other: KnownScores[];
    l1: [number, number];
    clip_auc: [number, number];
    differenceOfL1: [number, number];
  };
  repeatedIndex: {
    csv: [idx: string, category: string][];
    l1: number[];
    means: Record<'all' | 'add' | 'change', number>;
  };
  wilson: { count: number; n: number; low: number; high: number }[];
  simpson: { samples: number[]; spacing: number; integral: number };
}

const known: KnownMetrics = JSON.parse(
  readFileSync(new URL('../golden/metrics.json', import.meta.url), 'utf8'),
) as KnownMetrics;

const AGGREGATES = aggregatesOf(metricsNamed(['l1', 'clip_i', 'clip_t', 'clip_r']));
const aggregate = (name: string) => AGGREGATES.find((each) => each.name === name)!;

/** @param perSession items of a session, one after the other */
function itemsOf(scores: readonly KnownScores[], perSession = 1): ScoredItem[] {
  return scores.map(({ category, ...rest }, i) => ({
    id: String(i),
    group: String(Math.floor(i / perSession)),
    categories: [category === 'add' ? 'add' : 'change'],
    scores: rest,
  }));
}

const item = (id: string, scores: Scores, group = id): ScoredItem => ({ id, group, categories: [], scores });

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

  test('of equal embeddings is never above 1', () => {
    for (let n = 1; n < 60; n++) {
      const vector = Float32Array.from({ length: n }, (_, i) => Math.sin(i + n));
      expect(cosineSimilarity(vector, vector)).toBeLessThanOrEqual(1);
    }
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
      actual: summarizeByCategory(itemsOf(scores), ['add', 'change'], AGGREGATES, { resamples: 1 })[
        category
      ]!,
      expected: summaries[category],
    })),
  );

  test.each(rows)('$title', ({ actual, expected }) => {
    expect(Object.keys(actual).sort()).toEqual(Object.keys(expected).sort());
    for (const [name, value] of Object.entries(expected)) {
      if (value === null) expect(actual[name]!.value).toBeNaN();
      else expect(actual[name]!.value).toBeCloseTo(value, 12);
    }
  });

  test('NaN is left out and counted, infinity is counted', () => {
    const values = [1, Number.NaN, 3, Infinity];
    const items = values.map((l1, i) => item(String(i), { l1 }));
    const mean = aggregate('l1');
    expect(summarize(items, [mean], { resamples: 1 }).l1).toMatchObject({
      n: 3,
      nan: 1,
      inf: 1,
      value: Infinity,
      finite: 2,
    });
    expect(summarize(items.slice(0, 3), [mean], { resamples: 1 }).l1).toMatchObject({ value: 2, finite: 2 });
    const none = summarize([], [mean]).l1;
    expect(none).toEqual({ n: 0, nan: 0, inf: 0, value: NaN, finite: NaN, low: NaN, high: NaN });
  });

  test('the success curve excludes what lies on a threshold', () => {
    const shares = successShares([1, 1.2, 1.5]);
    expect([shares[0], shares[20], shares[40]].map((share) => share! * 3)).toEqual([2, 1, 1]);
  });
});

describe('intervals', () => {
  const { seed, resamples, rowsPerSession, other, ...expected } = known.bootstrap;
  const items = itemsOf(known.tables[0]!.scores, rowsPerSession);
  const options = { seed, resamples };

  test("are numpy's percentiles over torch's draws of sessions", () => {
    const summary = summarize(items, AGGREGATES, options);
    for (const name of ['l1', 'clip_auc'] as const) {
      expect(summary[name]!.low).toBeCloseTo(expected[name][0], 12);
      expect(summary[name]!.high).toBeCloseTo(expected[name][1], 12);
    }
  });

  test('of a difference draw both methods together', () => {
    const difference = compareMethods(items, itemsOf(other, rowsPerSession), aggregate('l1'), options);
    expect(difference.low).toBeCloseTo(expected.differenceOfL1[0], 12);
    expect(difference.high).toBeCloseTo(expected.differenceOfL1[1], 12);
    expect(compareMethods(items, items, aggregate('clip_auc'), options)).toMatchObject({
      value: 0,
      low: 0,
      high: 0,
    });
  });

  test('a method is compared on the same items alone', () => {
    expect(() => compareMethods(items, items.slice(1), aggregate('l1'))).toThrow('align them first');
    const [a, b] = [item('1', { l1: 1 }), item('2', { l1: Number.NaN })];
    const better = [item('1', { l1: 0.5 }), item('2', { l1: 0.5 })];
    const difference = compareMethods([a, b], better, aggregate('l1'), options);
    expect(difference).toMatchObject({ value: 0.5, n: 1, nan: 1 });
  });

  test('one group has no width, and no group is refused', () => {
    const one = bootstrapInterval([Float64Array.of(2, 1)], ([sum, count]) => sum! / count!);
    expect(one).toEqual({ low: 2, high: 2 });
    expect(() => bootstrapInterval([], () => 0)).toThrow(RangeError);
  });

  test("of shares are scipy's by Wilson", () => {
    for (const { count, n, low, high } of known.wilson) {
      const interval = wilsonInterval(count, n);
      expect(interval.share).toBe(count / n);
      expect(interval.low).toBeCloseTo(low, 7);
      expect(interval.high).toBeCloseTo(high, 7);
    }
    expect(wilsonInterval(0, 0).low).toBeNaN();
    expect(() => wilsonInterval(2, 1)).toThrow(RangeError);
  });
});

describe('a category file with one idx twice', () => {
  const { csv, l1, means } = known.repeatedIndex;
  const rows = csv.map(([idx, category]) => ({ idx, category }));
  const warnings: string[] = [];
  const parse = (...more: { idx: string; category: string }[]) =>
    parseCategoryRows([...rows, ...more], 'kinds.csv', (text) => warnings.push(text));

  test("gives pandas' means once the second row is the next turn's, and says so", () => {
    const { values } = parse();
    expect(warnings).toEqual([
      'kinds.csv has 9-output1 twice; the second row is taken for 9-output2, turn 3',
    ]);
    const turns = ['9-output1.png', '9-output2.png', '9-output3.png', '10-output1.png'];
    expect([...values.keys()].sort()).toEqual([...turns].sort());
    const items = turns.map((turn, i) => ({
      ...item(turn, { l1: l1[i]! }),
      categories: [values.get(turn) === 'add' ? 'add' : 'change'],
    }));
    const summary = summarizeByCategory(items, ['add', 'change'], [aggregate('l1')], { resamples: 1 });
    for (const [name, mean] of Object.entries(means)) expect(summary[name]!.l1!.value).toBeCloseTo(mean, 12);
  });

  test('is refused where the next turn has a row of its own, wherever it stands', () => {
    expect(() => parse({ idx: '9-output2', category: 'add' })).toThrow(
      'kinds.csv has 9-output1 twice, and 9-output2, too; leave one row a turn',
    );
  });

  test('must name turns and categories', () => {
    expect(() => parse({ idx: '9-result', category: 'add' })).toThrow("'9-result' is not a turn");
    expect(() => parse({ idx: '9-output7', category: 'paint' })).toThrow(
      "of 9-output7 is 'paint'; it must be add",
    );
  });
});

describe("MagicBrush's files", () => {
  test('of a first and a later turn', () => {
    const first = {
      generated: '42/42_1.png',
      input: '42/42-input.png',
      groundTruth: '42/42-output1.png',
      caption: '42-output1.png',
      inputCaption: '42-input.png',
    };
    expect(turnFiles('42', 1)).toEqual(first);
    expect(turnFiles('42', 1, 'final')).toEqual(first);
    expect(turnFiles('42', 3)).toEqual({
      generated: '42/42_inde_3.png',
      input: '42/42-output2.png',
      groundTruth: '42/42-output3.png',
      caption: '42-output3.png',
      inputCaption: '42-output2.png',
    });
  });

  test('of a final turn, which started from the input', () => {
    expect(turnFiles('42', 3, 'final')).toEqual({
      generated: '42/42_iter_3.png',
      input: '42/42-input.png',
      groundTruth: '42/42-output3.png',
      caption: '42-output3.png',
      inputCaption: '42-input.png',
    });
  });
});
