import { DinoModel, dinoPixels, Lpips, lpipsHeads, lpipsPixels, structurePixels } from '@lusd/sd-models';
import { type Tensor, tensor } from '@lusd/tensor';
import { fillWeights } from '@lusd/testing-models/fillWeights';
import { describe, expect, test } from 'vitest';
import { dinoClassTokens, dinoSelfSimilarity, selfSimilarity } from '../src/metrics/dinoModels.ts';
import { lpipsDistance } from '../src/metrics/lpipsModel.ts';
import { identify, type Picture } from '../src/metrics/picture.ts';
import { device } from './support/device.ts';

const DINO = {
  imageSize: 224,
  patchSize: 56,
  hiddenSize: 64,
  intermediateSize: 64,
  numHiddenLayers: 2,
  numAttentionHeads: 1,
};

/** Waves, others for each seed. */
function waves(seed: number, width = 40, height = 32): Promise<Picture> {
  const data = Uint8Array.from(
    { length: 3 * width * height },
    (_, i) => 128 + 120 * Math.sin(i * seed + seed),
  );
  return identify({ width, height, data });
}

async function valuesOf(result: Tensor): Promise<Float32Array> {
  using owned = result;
  return owned.data('f32');
}

async function similaritiesOf(keys: readonly (readonly number[])[]): Promise<number[]> {
  using batch = tensor(keys.flat(), { shape: [1, keys.length, keys[0]!.length] });
  return Array.from(await valuesOf(selfSimilarity(batch)));
}

describe('cosines between keys', () => {
  test('are those of their directions alone', async () => {
    const plain = [
      [1, 2],
      [-2, 1],
      [3, 0],
    ];
    const expected = plain.flatMap(([a, b]) =>
      plain.map(([c, d]) => (a! * c! + b! * d!) / (Math.hypot(a!, b!) * Math.hypot(c!, d!))),
    );
    const scaled = plain.map((key, i) => key.map((value) => value * (i + 1)));
    for (const keys of [plain, scaled])
      for (const [i, value] of (await similaritiesOf(keys)).entries())
        expect(value).toBeCloseTo(expected[i]!, 6);
  });

  test('of a zero key are 0', async () => {
    const zero = [
      [0, 0],
      [1, 0],
    ];
    expect(await similaritiesOf(zero)).toEqual([0, 0, 0, 1]);
  });
});

describe('DINO', () => {
  test('gives each picture its class token and its similarities, in batches', async () => {
    using model = fillWeights(new DinoModel(DINO), 3);
    const pictures = await Promise.all([1, 2, 3].map((seed) => waves(seed)));
    const tokens = dinoClassTokens(model, 2);
    const similarities = dinoSelfSimilarity(model, 2);
    const given = await Promise.all(pictures.map((picture) => tokens.image(picture)));
    const alike = await Promise.all(pictures.map((picture) => similarities.selfSimilarity(picture)));
    for (const [i, picture] of pictures.entries()) {
      using pixels = dinoPixels([picture]);
      const token = await valuesOf(model.encodeImage(pixels));
      for (const [k, value] of token.entries()) expect(given[i]![k]).toBeCloseTo(value, 4);
      using wide = structurePixels([picture]);
      using keys = model.lastKeys(wide);
      const expected = await valuesOf(selfSimilarity(keys));
      expect(alike[i]).toHaveLength(17 * 17);
      for (const [k, value] of expected.entries()) expect(alike[i]![k]).toBeCloseTo(value, 4);
    }
  });

  test('can take white as 1', async () => {
    using model = fillWeights(new DinoModel(DINO), 3);
    const picture = await waves(1);
    const [published, unit] = await Promise.all([
      dinoSelfSimilarity(model, 1).selfSimilarity(picture),
      dinoSelfSimilarity(model, 1, { white: 1 }).selfSimilarity(picture),
    ]);
    expect(published).not.toEqual(unit);
  });
});

describe('LPIPS', () => {
  test('of pairs of any sizes is the model of each pair, and 0 of equal pictures', async () => {
    using model = new Lpips(await lpipsHeads());
    fillWeights(model.net, 5);
    const lpips = lpipsDistance(model);
    const [a, b, small] = await Promise.all([waves(1), waves(2), waves(3, 20, 24)]);
    const [distance, other, zero] = await Promise.all([
      lpips.distance(a!, b!),
      lpips.distance(small!, await waves(4, 20, 24)),
      lpips.distance(a!, a!),
    ]);
    using first = lpipsPixels([a!]);
    using second = lpipsPixels([b!]);
    const [expected] = await valuesOf(model.distance(first, second));
    expect(distance).toBeCloseTo(expected!, 6);
    expect(distance).toBeGreaterThan(0);
    expect(other).toBeGreaterThan(0);
    expect(zero).toBe(0);
  });

  test('leaves nothing on the device', async () => {
    using model = new Lpips(await lpipsHeads());
    fillWeights(model.net, 5);
    const run = async (seed: number) =>
      lpipsDistance(model).distance(await waves(seed), await waves(seed + 1));
    await run(1);
    const before = device.memory().liveBuffers;
    await run(2);
    expect(device.memory().liveBuffers).toBe(before);
  });
});
