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
import type { Embedder } from '../../src/metrics/embedder.ts';
import {
  type EvaluationOptions,
  evaluateTurns,
  summarizeTurns,
  type TurnScores,
} from '../../src/metrics/evaluate.ts';
import type { EvaluationTurn } from '../../src/metrics/magicBrush.ts';
import type { EditCategory } from '../../src/metrics/summary.ts';
import { findTurns } from '../../src/node/findTurns.ts';

/** Knows a picture by its first pixel and a text by its number of words. */
class StubEmbedder implements Embedder {
  readonly batches: number[] = [];

  tokenize(text: string): ArrayLike<number> {
    if (text === 'too long') throw new RangeError('The text has 80 tokens.');
    return { length: text.split(' ').length };
  }

  async embedImages(images: readonly Image[]): Promise<Float32Array[]> {
    this.batches.push(images.length);
    return images.map(({ data }) => Float32Array.from(direction([data[0]!, data[1]!, data[2]!])));
  }

  async embedTexts(texts: readonly ArrayLike<number>[]): Promise<Float32Array[]> {
    const colours = Object.values(PALETTE);
    return texts.map(({ length }) => Float32Array.from(direction(colours[length - 1]!)));
  }
}

const CAPTIONS = { red: 'a', green: 'a a', blue: 'a a a', yellow: 'a a a a' };
const CATEGORIES: readonly EditCategory[] = ['add', 'change', 'remove'];
let root = '';
let turns: EvaluationTurn[] = [];

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'evaluate-'));
  const { generated, groundTruth } = writeTurns(root, TURNS);
  const found = await findTurns({ generated, groundTruth, captions: null, categories: null });
  turns = found.turns.map((turn, i) => ({
    ...turn,
    captions: { local: CAPTIONS[TURNS[i]!.local], global: CAPTIONS[TURNS[i]!.global] },
    category: CATEGORIES[i]!,
  }));
});

async function evaluate(options: Partial<EvaluationOptions> = {}): Promise<TurnScores[]> {
  const scores: TurnScores[] = [];
  const running = evaluateTurns(turns, { readImage, embedder: new StubEmbedder(), ...options });
  for await (const result of running) scores.push(result);
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

test.each([1, 2, 8])("every turn's scores are the closed forms, %d a batch", async (batchSize) => {
  const scores = await evaluate({ batchSize });
  expect(scores.map(({ turn }) => turn)).toEqual(turns);
  for (const [i, { pixels, clip }] of scores.entries()) {
    expectClose({ ...pixels, ...clip }, expectedScores(TURNS[i]!));
  }
});

test("a turn's ground truth is embedded once where it is also the next one's input", async () => {
  const embedder = new StubEmbedder();
  await evaluate({ embedder });
  expect(embedder.batches).toEqual([8]);
});

test('the table in all and by category, a removal being a change', async () => {
  const { all, add, change } = summarizeTurns(await evaluate());
  const [first, ...others] = TURNS as [ColourTurn, ...ColourTurn[]];
  expectClose(all, expectedSummary(TURNS));
  expectClose(add, expectedSummary([first]));
  expectClose(change, expectedSummary(others));
});

test('without CLIP there are L1 and L2, and the inputs are not read', async () => {
  rmSync(join(root, 'truth/9/9-input.png'));
  const scores = await evaluate({ embedder: null });
  expect(scores.every(({ clip }) => clip === null)).toBe(true);
  const { count, l1, l2 } = expectedSummary(TURNS);
  expectClose(summarizeTurns(scores).all, { count, l1, l2 });
});

test('scores with and without CLIP do not mix', async () => {
  const [whole, pixels] = [await evaluate(), await evaluate({ embedder: null })];
  expect(() => summarizeTurns([whole[0]!, pixels[1]!])).toThrow("1 of 2 results have CLIP's scores");
});

describe('what cannot be used', () => {
  const tooLong = () => {
    turns[2] = { ...turns[2]!, captions: { local: 'a', global: 'too long' } };
  };

  test('ends the evaluation and is named', async () => {
    tooLong();
    await expect(evaluate()).rejects.toThrow(
      'The global caption of 10-output1.png cannot be used. The text has 80 tokens.',
    );
    writeFileSync(turns[1]!.groundTruth, 'no picture');
    await expect(evaluate()).rejects.toThrow(/9-output2\.png is text that begins "no picture", not PNG/);
  });

  test('or is left out', async () => {
    tooLong();
    writeFileSync(turns[1]!.groundTruth, 'no picture');
    const failed: string[] = [];
    const onFailure: EvaluationOptions['onFailure'] = ({ files }, error) =>
      failed.push(`${files.generated}: ${String(error)}`);
    const scores = await evaluate({ onFailure });
    expect(scores.map(({ turn }) => turn)).toEqual([turns[0]]);
    expect(failed).toEqual([
      expect.stringMatching(/^9\/9_inde_2\.png: Error: \S*9-output2\.png is text/),
      expect.stringMatching(/^10\/10_1\.png: Error: The global caption/),
    ]);
  });

  test('nothing left to evaluate is no error of its own', async () => {
    for (const { generated } of turns) writeFileSync(generated, '');
    expect(await evaluate({ onFailure: () => {} })).toEqual([]);
  });
});

test('stops when it is told to', async () => {
  const controller = new AbortController();
  const running = evaluateTurns(turns, {
    readImage,
    embedder: null,
    batchSize: 1,
    signal: controller.signal,
  });
  await running.next();
  controller.abort(new Error('enough'));
  await expect(running.next()).rejects.toThrow('enough');
});
