import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Image } from '@lusd/sd-models';
import { readImage } from '@lusd/sd-models/node';
import {
  type ColourTurn,
  direction,
  expectedScores,
  expectedSummary,
  PALETTE,
  TURNS,
  writeTurns,
} from '@lusd/testing-models/colourClip';
import { beforeEach, describe, expect, test } from 'vitest';
import { aggregatesOf } from '../../src/metrics/aggregate.ts';
import { batchedEmbedder } from '../../src/metrics/batchedModels.ts';
import type { OutputStore } from '../../src/metrics/batcher.ts';
import type { Embedder } from '../../src/metrics/embedder.ts';
import { type EvaluationOptions, evaluate, type ItemScores } from '../../src/metrics/evaluate.ts';
import type { Item } from '../../src/metrics/item.ts';
import { metricsNamed } from '../../src/metrics/registry.ts';
import { summarizeByCategory } from '../../src/metrics/summary.ts';
import { findTurns } from '../../src/node/findTurns.ts';

/** Knows a picture by its first pixel and a text by its number of words. */
class StubEmbedder implements Embedder {
  readonly batches: number[] = [];
  texts = 0;

  tokenize(text: string): ArrayLike<number> {
    if (text === 'too long') throw new RangeError('The text has 80 tokens.');
    return { length: text.split(' ').length };
  }

  async embedImages(images: readonly Image[]): Promise<Float32Array[]> {
    this.batches.push(images.length);
    return images.map(({ data }) => Float32Array.from(direction([data[0]!, data[1]!, data[2]!])));
  }

  async embedTexts(texts: readonly ArrayLike<number>[]): Promise<Float32Array[]> {
    this.texts += texts.length;
    const colours = Object.values(PALETTE);
    return texts.map(({ length }) => Float32Array.from(direction(colours[length - 1]!)));
  }
}

const CAPTIONS = { red: 'a', green: 'a a', blue: 'a a a', yellow: 'a a a a' };
const CATEGORIES = ['add', 'change', 'change'];
const METRICS = metricsNamed(['l1', 'l2', 'clip_i', 'clip_t', 'clip_r']);
const PIXEL_METRICS = metricsNamed(['l1', 'l2']);
let root = '';
let items: Item[] = [];

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'evaluate-'));
  const { generated, groundTruth } = writeTurns(root, TURNS);
  const found = await findTurns({ generated, groundTruth, captions: null, categories: null });
  items = found.items.map((item, i) => ({
    ...item,
    texts: { localText: CAPTIONS[TURNS[i]!.local], targetText: CAPTIONS[TURNS[i]!.global] },
    categories: [CATEGORIES[i]!],
  }));
});

interface ScoresOptions extends Partial<EvaluationOptions> {
  readonly embedder?: Embedder;
  readonly modelBatch?: number;
  readonly store?: OutputStore<Float32Array>;
}

async function scoresOf(options: ScoresOptions = {}): Promise<ItemScores[]> {
  const { embedder = new StubEmbedder(), modelBatch = 32, store, ...rest } = options;
  const scores: ItemScores[] = [];
  const models = { clipB32: batchedEmbedder(embedder, modelBatch, store) };
  for await (const result of evaluate(items, { readImage, metrics: METRICS, models, ...rest }))
    scores.push(result);
  return scores;
}

function expectClose(actual: object, expected: object): void {
  expect(Object.keys(actual).sort()).toEqual(Object.keys(expected).sort());
  for (const [metric, value] of Object.entries(expected) as [string, number][]) {
    const measured = (actual as Record<string, number>)[metric]!;
    if (Number.isNaN(value)) expect(measured, metric).toBeNaN();
    else expect(measured, metric).toBeCloseTo(value, 6);
  }
}

test.each([1, 2, 8])("every item's scores are the closed forms, %d a batch", async (batchSize) => {
  const scores = await scoresOf({ batchSize, modelBatch: batchSize });
  expect(scores.map(({ item }) => item)).toEqual(items);
  for (const [i, { scores: values }] of scores.entries()) expectClose(values, expectedScores(TURNS[i]!));
});

test('each picture is embedded once, in batches: a ground truth is also the next input', async () => {
  const embedder = new StubEmbedder();
  await scoresOf({ embedder });
  expect(embedder.batches).toEqual([8]);
  const small = new StubEmbedder();
  await scoresOf({ embedder: small, modelBatch: 3 });
  expect(small.batches).toEqual([3, 3, 2]);
  const apart = new StubEmbedder();
  await scoresOf({ embedder: apart, batchSize: 1 });
  expect(apart.batches.reduce((sum, size) => sum + size, 0)).toBe(8);
});

test('a second evaluation with the embeddings of the first computes none, and has its scores', async () => {
  const outputs = new Map<string, Float32Array>();
  const store: OutputStore<Float32Array> = {
    read: async (key) => outputs.get(key) ?? null,
    write: async (key, output) => void outputs.set(key, output),
  };
  const first = await scoresOf({ store });
  const embedder = new StubEmbedder();
  expect(await scoresOf({ embedder, store })).toEqual(first);
  expect([embedder.batches, embedder.texts]).toEqual([[], 0]);
});

test('the table in all and by category', async () => {
  const scores = await scoresOf();
  const rows = summarizeByCategory(scores, ['add', 'change'], aggregatesOf(METRICS), { resamples: 1 });
  const [first, ...others] = TURNS as [ColourTurn, ...ColourTurn[]];
  for (const [name, turns] of Object.entries({ all: TURNS, add: [first], change: others })) {
    const { count, ...expected } = expectedSummary(turns);
    const values = Object.entries(rows[name]!).map(([column, { value }]) => [column, value]);
    expectClose(Object.fromEntries(values), expected);
    expect(rows[name]!.l1!.n).toBe(count);
  }
});

test('without metrics of CLIP the inputs are not read, and no model is needed', async () => {
  rmSync(join(root, 'truth/9/9-input.png'));
  const scores = await scoresOf({ metrics: PIXEL_METRICS, models: {} });
  const means = scores.map(({ scores: { l1, l2 } }) => ({ l1, l2 }));
  for (const [i, { l1, l2 }] of TURNS.map(expectedScores).entries()) expectClose(means[i]!, { l1, l2 });
});

test('what an item has not is NaN, and a model that is not there is named', async () => {
  items = items.map((item) => ({ ...item, texts: {} }));
  const [first] = await scoresOf();
  expect(first!.scores).toMatchObject({ clip_t: NaN, clip_r: NaN, clip_i: expect.any(Number) });
  await expect(scoresOf({ models: {} })).rejects.toThrow(/clip_i of \S+9_1\.png .* needs the models clipB32/);
});

describe('what cannot be used', () => {
  const tooLong = () => {
    items[2] = { ...items[2]!, texts: { localText: 'a', targetText: 'too long' } };
  };

  test('ends the evaluation and is named', async () => {
    tooLong();
    await expect(scoresOf()).rejects.toThrow(
      /clip_r of \S+10_1\.png cannot be computed\. The text has 80 tokens/,
    );
    writeFileSync(items[1]!.groundTruth!, 'no picture');
    await expect(scoresOf()).rejects.toThrow(/9-output2\.png is text that begins "no picture", not PNG/);
  });

  test('or is left out', async () => {
    tooLong();
    writeFileSync(items[1]!.groundTruth!, 'no picture');
    const failed: string[] = [];
    const onFailure: EvaluationOptions['onFailure'] = ({ labels }, error) =>
      failed.push(`${labels.result}: ${String(error)}`);
    const scores = await scoresOf({ onFailure });
    expect(scores.map(({ item }) => item)).toEqual([items[0]]);
    expect(failed).toEqual([
      expect.stringMatching(/^9\/9_inde_2\.png: Error: \S*9-output2\.png is text/),
      expect.stringMatching(/^10\/10_1\.png: Error: clip_r of /),
    ]);
  });

  test('nothing left to evaluate is no error of its own', async () => {
    for (const { result } of items) writeFileSync(result, '');
    expect(await scoresOf({ onFailure: () => {} })).toEqual([]);
  });
});

test('stops when it is told to', async () => {
  const controller = new AbortController();
  const running = evaluate(items, {
    readImage,
    metrics: PIXEL_METRICS,
    models: {},
    batchSize: 1,
    signal: controller.signal,
  });
  await running.next();
  controller.abort(new Error('enough'));
  await expect(running.next()).rejects.toThrow('enough');
});
