import { describe, expect, test } from 'vitest';
import type { Subject } from '../../src/metrics/metric.ts';
import type { MetricModels } from '../../src/metrics/models.ts';
import { identify, identifyMask, maskedPicture, type Picture } from '../../src/metrics/picture.ts';
import { metricsNamed } from '../../src/metrics/registry.ts';

const grey = (level: number) => identify({ width: 4, height: 4, data: new Uint8Array(48).fill(level) });
const compute = (name: string, subject: Subject, models: Partial<MetricModels>) =>
  metricsNamed([name])[0]!.compute(subject, models);

/** A model that has a vector for each picture and text that it knows. */
function known(pictures: readonly [Picture, number[]][], texts: Record<string, number[]> = {}) {
  const vectors = new Map(pictures.map(([{ key }, vector]) => [key, Float32Array.from(vector)]));
  return {
    image: async ({ key }: Picture) => vectors.get(key)!,
    text: async (text: string) => Float32Array.from(texts[text]!),
  };
}

const [source, result, truth] = await Promise.all([grey(10), grey(20), grey(30)]);

describe('the structure distance', () => {
  const similarities = (a: number[], b: number[]): Pick<MetricModels, 'dinoB8'> => ({
    dinoB8: {
      selfSimilarity: async ({ key }) => Float32Array.from(key === source.key ? a : b),
    },
  });

  test('is the mean square of the difference: of keys at a right angle from equal ones, a half', async () => {
    const models = similarities([1, 0, 0, 1], [1, 1, 1, 1]);
    expect(await compute('structure_distance', { source, result }, models)).toBe(0.5);
    expect(await compute('structure_distance', { source, result: source }, models)).toBe(0);
  });

  test('of a part is that of the masked pictures', async () => {
    const mask = await identifyMask(Uint8Array.from({ length: 16 }, (_, i) => (i < 8 ? 1 : 0)));
    const seen: string[] = [];
    const dinoB8 = {
      selfSimilarity: async ({ key }: Picture) => {
        seen.push(key);
        return Float32Array.of(1);
      },
    };
    await compute('structure_distance_unedit_part', { source, result, mask }, { dinoB8 });
    expect(seen).toEqual([source, result].map((picture) => maskedPicture(picture, mask, 'unedited').key));
  });
});

test('DINO and CLIP-I are cosines with the ground truth', async () => {
  const model = known([
    [result, [3, 4]],
    [truth, [4, 3]],
  ]);
  const subject = { result, groundTruth: truth };
  expect(await compute('dino', subject, { dinoS16: model })).toBeCloseTo(0.96, 12);
  expect(await compute('clip_i', subject, { clipB32: model })).toBeCloseTo(0.96, 12);
});

test('the oracle of CLIP-T is of the ground truth and looks at no result', async () => {
  const model = known([[truth, [1, 0]]], { a: [3, 4] });
  const subject = { result, groundTruth: truth, localText: 'a' };
  expect(await compute('clip_t_oracle', subject, { clipB32: model })).toBeCloseTo(0.6, 12);
});

test('LPIPS is what the model says of source and result', async () => {
  const lpips = { distance: async (a: Picture, b: Picture) => a.data[0]! / b.data[0]! };
  expect(await compute('lpips', { source, result }, { lpips })).toBe(0.5);
});

describe("PIE-Bench's CLIP similarities", () => {
  const mask = new Uint8Array(16).fill(1, 0, 4);

  test('are 100 cosines, at least 0, of whole pictures or of what the mask leaves', async () => {
    const edited = await identifyMask(mask);
    const part = maskedPicture(result, edited, 'edited');
    const clipL14 = known(
      [
        [source, [-1, 0]],
        [result, [4, 3]],
        [part, [0, 2]],
      ],
      { before: [1, 0], after: [1, 1] },
    );
    const subject = { source, result, mask: edited, sourceText: 'before', targetText: 'after' };
    const values = await Promise.all(
      ['source_image', 'target_image', 'target_image_edit_part'].map((name) =>
        compute(`clip_similarity_${name}`, subject, { clipL14 }),
      ),
    );
    expect(values[0]).toBe(0);
    expect(values[1]).toBeCloseTo((100 * 7) / (5 * Math.SQRT2), 5);
    expect(values[2]).toBeCloseTo(100 / Math.SQRT2, 5);
  });

  test('of an empty part are not defined', async () => {
    const none = await identifyMask(new Uint8Array(16));
    const subject = { result, mask: none, targetText: 'after' };
    expect(
      await compute('clip_similarity_target_image_edit_part', subject, { clipL14: known([]) }),
    ).toBeNaN();
  });
});

describe('the directional similarity', () => {
  const clipL14Square = known(
    [
      [source, [2, 0, 0]],
      [result, [0, 5, 0]],
    ],
    { one: [1, 0, 0], two: [0, 7, 0], three: [0, 0, 1] },
  );
  const of = (sourceText: string, targetText: string, edited = result) =>
    compute('clip_directional', { source, result: edited, sourceText, targetText }, { clipL14Square });

  test('is 1 where pictures and texts go the same way, -1 where they go back, between otherwise', async () => {
    expect(await of('one', 'two')).toBeCloseTo(1, 6);
    expect(await of('two', 'one')).toBeCloseTo(-1, 6);
    // (-1, 1, 0) and (-1, 0, 1)
    expect(await of('one', 'three')).toBeCloseTo(0.5, 6);
  });

  test('is not defined for equal texts or equal pictures', async () => {
    expect(await of('one', 'one')).toBeNaN();
    expect(await of('one', 'two', source)).toBeNaN();
  });

  test('stands beside the cosine of the pictures', async () => {
    expect(await compute('clip_image', { source, result }, { clipL14Square })).toBe(0);
    expect(await compute('clip_image', { source, result: source }, { clipL14Square })).toBe(1);
  });
});
