import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ClipModel, type ClipTokenizer, loadClip, loadClipTokenizer } from '@lusd/sd-models';
import { diskFolder } from '@lusd/sd-models/node';
import {
  type ColourName,
  caption,
  colourCosine,
  PALETTE,
  plain,
  writeColourClip,
} from '@lusd/testing-models/colourClip';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ClipEmbedder, cosineSimilarity, MetricsError } from '../src/metrics/index.ts';
import { device } from './support/device.ts';

const NAMES = Object.keys(PALETTE) as ColourName[];
const folder = mkdtempSync(join(tmpdir(), 'colour-clip-'));
let model: ClipModel;
let tokenizer: ClipTokenizer;
let embedder: ClipEmbedder;

beforeAll(async () => {
  await writeColourClip(folder);
  tokenizer = await loadClipTokenizer(diskFolder(folder), 'original');
  model = await loadClip(diskFolder(folder));
  embedder = new ClipEmbedder(model, tokenizer);
});

afterAll(() => model.dispose());

test("cosines of pictures and captions are those of their colours, in the batches' order", async () => {
  const images = await embedder.embedImages(NAMES.map((name, i) => plain(PALETTE[name], 20 + 300 * i, 40)));
  const texts = await embedder.embedTexts(NAMES.map((name) => embedder.tokenize(caption(name))));
  for (const [i, a] of NAMES.entries()) {
    for (const [j, b] of NAMES.entries()) {
      const expected = colourCosine(PALETTE[a], PALETTE[b]);
      expect(cosineSimilarity(images[i]!, images[j]!), `${a} and ${b}`).toBeCloseTo(expected, 4);
      expect(cosineSimilarity(images[i]!, texts[j]!), `${a} and the caption ${b}`).toBeCloseTo(expected, 4);
    }
  }
});

test('a batch leaves nothing on the device', async () => {
  const run = async () => {
    await embedder.embedImages([plain(PALETTE.red), plain(PALETTE.blue)]);
    await embedder.embedTexts([embedder.tokenize('a'), embedder.tokenize('a a')]);
  };
  await run();
  const before = device.memory().liveBuffers;
  await run();
  expect(device.memory().liveBuffers).toBe(before);
});

test('captions are cleaned as clip.tokenize does, padded with 0 and never cut', () => {
  expect(Array.from(embedder.tokenize(' A&nbsp;  a')).slice(0, 5)).toEqual([62, 1, 1, 63, 0]);
  expect(Array.from(embedder.tokenize('a')).slice(0, 5)).toEqual([62, 1, 63, 0, 0]);
  expect(() => embedder.tokenize('a '.repeat(76))).toThrow('has 76 tokens and CLIP takes 75');
});

test('embeddings that are not finite are refused', async () => {
  using broken = await loadClip(diskFolder(folder));
  const projection = new Map(broken.namedParameters()).get('text_projection.weight')!;
  projection.value.copyFrom(new Float32Array(projection.value.size).fill(Number.NaN));
  const unusable = new ClipEmbedder(broken, tokenizer);
  await expect(unusable.embedTexts([unusable.tokenize('a')])).rejects.toThrow(MetricsError);
});
