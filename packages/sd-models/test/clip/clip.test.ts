import { type DType, TorchCpuGenerator } from '@lusd/tensor';
import { fillWeights } from '@lusd/testing-models/fillWeights';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ClipModel } from '../../src/clip/clip.ts';
import { parseClipConfig, parseClipTextConfig } from '../../src/clip/config.ts';
import { ClipTextModel } from '../../src/clip/text.ts';
import { expectGolden, expectLayers } from '../support/expectLayers.ts';
import { pictureTensor, readGolden } from '../support/golden.ts';

interface ClipRecord {
  readonly config: unknown;
  readonly weightSeed: number;
  readonly inputSeed: number;
  readonly texts: readonly (readonly number[])[];
}

const TOLERANCES = { f32: 1e-4, f16: 1e-2 } as const;
const DTYPES = ['f32', 'f16'] as const;

const cases = await readGolden<ClipRecord>('clip');
const texts = cases.filter(({ name }) => name !== 'clip');
const [large] = await readGolden<ClipRecord>('clip_l14');
const clips = [
  { title: 'small', clip: cases.find(({ name }) => name === 'clip')! },
  { title: 'of the proportions of ViT-L/14', clip: large! },
];

function buildText({ config, weightSeed }: ClipRecord, dtype: DType = 'f32'): ClipTextModel {
  return fillWeights(new ClipTextModel(parseClipTextConfig(config)), weightSeed).to(dtype);
}

describe.each(texts)('ClipTextModel: $name', (c) => {
  test.each(DTYPES)("every layer and both outputs equal transformers' in %s", async (dtype) => {
    using model = buildText(c.record, dtype);
    const rtol = TOLERANCES[dtype];
    await expectLayers(model.text_model, c, rtol, () => {
      const { lastHiddenState, pooled } = model.forward(c.record.texts);
      for (const x of [lastHiddenState, pooled]) x.dispose();
    });
    const { lastHiddenState, pooled } = model.forward(c.record.texts);
    await expectGolden(lastHiddenState, c, 'last_hidden_state', rtol);
    await expectGolden(pooled, c, 'pooled', rtol);
  });

  test.runIf(c.tensors.has('clip_skip'))('stops a layer early', async () => {
    using model = buildText(c.record);
    const { lastHiddenState, pooled } = model.forward(c.record.texts, { clipSkip: 1 });
    await expectGolden(lastHiddenState, c, 'clip_skip', TOLERANCES.f32);
    pooled.dispose();
  });
});

describe('ClipTextModel', () => {
  let model: ClipTextModel;
  beforeAll(() => {
    model = buildText(texts[0]!.record);
  });
  afterAll(() => model.dispose());

  test.each([
    [[], 'takes texts of one length above 0, not of none'],
    [[[]], 'takes texts of one length above 0, not of 0'],
    [[[1, 2], [1]], 'takes texts of one length above 0, not of 2, 1'],
    [[new Array<number>(78).fill(1)], 'A text has 78 tokens; the text encoder takes 77.'],
    [[[1, 1000]], "Token 1000 is not among the text encoder's 1000"],
  ])('refuses %j', (ids, message) => {
    expect(() => model.forward(ids)).toThrow(message);
  });

  test('refuses to skip all of its layers', () => {
    expect(() => model.forward([[1]], { clipSkip: 2 })).toThrow(
      'clipSkip is 2; the text encoder has 2 layers, so it must be from 0 to 1.',
    );
  });

  test('a later word changes nothing before it', async () => {
    const [before, after] = [
      [998, 5, 6, 7],
      [998, 5, 6, 8],
    ].map((ids) => model.forward([ids]));
    const [a, b] = [await before!.lastHiddenState.data(), await after!.lastHiddenState.data()];
    expect(a.subarray(0, 3 * 32)).toEqual(b.subarray(0, 3 * 32));
    expect(a.subarray(3 * 32)).not.toEqual(b.subarray(3 * 32));
    for (const output of [before!, after!]) for (const x of Object.values(output)) x.dispose();
  });
});

describe.each(clips)('ClipModel $title', ({ clip }) => {
  const config = parseClipConfig(clip.record.config);
  const side = config.vision.imageSize;
  const pixels = () => {
    const shape = [3, 3, side, side];
    return pictureTensor(new TorchCpuGenerator(clip.record.inputSeed).randn(3 * 3 * side * side), shape);
  };
  const build = (dtype: DType = 'f32') =>
    fillWeights(new ClipModel(config), clip.record.weightSeed).to(dtype);

  test.each(DTYPES)("every layer and both embeddings equal transformers' in %s", async (dtype) => {
    using model = build(dtype);
    const rtol = TOLERANCES[dtype];
    const input = pixels();
    await expectLayers(model, clip, rtol, () => {
      model.encodeText(clip.record.texts).dispose();
      model.encodeImage(input).dispose();
    });
    await expectGolden(model.encodeText(clip.record.texts), clip, 'text_embeddings', rtol);
    await expectGolden(model.encodeImage(input), clip, 'image_embeddings', rtol);
    input.dispose();
  });

  test('logits are scaled cosines', async () => {
    using model = build();
    const input = pixels();
    const [image, text] = [model.encodeImage(input), model.encodeText(clip.record.texts)];
    await expectGolden(model.logits(image, text), clip, 'logits', TOLERANCES.f32);
    for (const x of [input, image, text]) x.dispose();
  });

  test('refuses pictures of another size', () => {
    using model = build();
    const input = pictureTensor(new Float32Array(3 * 16 * side), [1, 3, 16, side]);
    expect(() => model.encodeImage(input)).toThrow(
      `CLIP's image encoder takes pictures of ${side} x ${side}, not ${side} x 16`,
    );
    input.dispose();
  });
});
