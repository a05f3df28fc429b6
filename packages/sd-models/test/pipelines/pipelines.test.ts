import type { Tensor } from '@lusd/tensor';
import { expectAllClose } from '@lusd/testing/allClose';
import { someOf } from '@lusd/testing/thorough';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ddpm } from '../../examples/sampler/ddpm.ts';
import type { Image } from '../../src/image/image.ts';
import type { GenerationOptions } from '../../src/pipelines/denoise.ts';
import { imageToImage } from '../../src/pipelines/imageToImage.ts';
import { StableDiffusion } from '../../src/pipelines/stableDiffusion.ts';
import { type TextToImageOptions, textToImage } from '../../src/pipelines/textToImage.ts';
import type { SamplerName } from '../../src/schedulers/samplerFields.ts';
import { parseUNetConfig } from '../../src/unet/config.ts';
import { UNet2DConditionModel } from '../../src/unet/unet.ts';
import '../support/device.ts';
import { fillWeights } from '@lusd/testing-models/fillWeights';
import { expectNothingLeft } from '@lusd/testing-models/liveBuffers';
import { TINY_CONFIGS } from '@lusd/testing-models/tinyConfigs';
import { readGolden } from '../support/golden.ts';
import { makeTinyPipeline, withScheduler } from '../support/tinyPipeline.ts';

interface PipelineRecord {
  readonly sampler: SamplerName;
  readonly scheduler: unknown;
  readonly prompt: string;
  readonly negativePrompt: string;
  readonly seed: number;
  /** Tokens of both prompts, where they are long ones. */
  readonly tokens?: readonly [prompt: number, negativePrompt: number];
  readonly options: {
    readonly num_inference_steps: number;
    readonly guidance_scale: number;
    readonly eta?: number;
    readonly width?: number;
    readonly height?: number;
    readonly clip_skip?: number;
    readonly strength?: number;
  };
}

/** Every such byte of the picture is stored. */
const STRIDE = 37;
const SD1 = { beta_start: 0.00085, beta_end: 0.012, beta_schedule: 'scaled_linear', clip_sample: false };

/** The picture that the reference starts from, by its formula. */
function startingPicture(): Image {
  const side = 64;
  const data = new Uint8Array(side * side * 3);
  for (let i = 0; i < data.length; i++) {
    const [c, x, y] = [i % 3, Math.floor(i / 3) % side, Math.floor(i / 3 / side)];
    data[i] = (4 * x + 2 * y * c + 31 * c) % 256;
  }
  return { width: side, height: side, data };
}

function callOf({
  sampler,
  prompt,
  negativePrompt,
  seed,
  tokens,
  options,
}: PipelineRecord): GenerationOptions {
  return {
    prompt,
    negativePrompt,
    seed,
    sampler,
    steps: options.num_inference_steps,
    guidanceScale: options.guidance_scale,
    eta: options.eta ?? 0,
    clipSkip: options.clip_skip ?? 0,
    longPrompts: tokens !== undefined,
  };
}

function run(pipeline: StableDiffusion, record: PipelineRecord, options: GenerationOptions): Promise<Image> {
  const { strength, width = 64, height = 64 } = record.options;
  return strength === undefined
    ? textToImage(pipeline, { ...options, width, height })
    : imageToImage(pipeline, { ...options, image: startingPicture(), strength });
}

let parts: StableDiffusion;

beforeAll(async () => {
  parts = makeTinyPipeline(SD1);
  // The UNet keeps its sinusoids' frequencies from its first pass on; buffers are counted after it.
  await textToImage(parts, { prompt: '', steps: 1, guidanceScale: 1 });
});

afterAll(() => parts.dispose());

const longPrompts = await readGolden<PipelineRecord>('long_prompts');
const cases = [
  ...(await readGolden<PipelineRecord>('pipelines')),
  ...longPrompts.map((golden) => ({ ...golden, name: `long prompts: ${golden.name}` })),
];

/** Runs a case, and compares the latents after every step and the picture with diffusers'. */
async function expectDiffusers(
  { record, tensors }: (typeof cases)[number],
  options: Partial<GenerationOptions> = {},
): Promise<void> {
  const { data, shape } = tensors.get('latents')!;
  const count = data.length / shape[0]!;
  const latents: Float32Array[] = [];
  const picture = await run(withScheduler(parts, record.scheduler), record, {
    ...callOf(record),
    onStep: async (step) => {
      expect(step.count).toBe(shape[0]);
      latents.push(await step.latents.data('f32'));
    },
    ...options,
  });
  expect(latents.length).toBe(shape[0]);
  for (const [i, actual] of latents.entries()) {
    expectAllClose(actual, data.subarray(i * count, (i + 1) * count), { rtol: 1e-3, label: `step ${i}` });
  }
  const bytes = picture.data.filter((_, i) => i % STRIDE === 0);
  // A value may lie on the border between two bytes.
  expectAllClose(bytes, tensors.get('picture')!.data, { atol: 1, rtol: 0, label: 'picture' });
}

describe.each(someOf(cases, 6))('$name', (golden) => {
  test("equals diffusers', after every step and as a picture", () => expectDiffusers(golden));
});

test('a sampler of one’s own: DDPM takes the steps of DDIM with an eta of 1', async () => {
  const golden = cases.find(({ record }) => record.options.eta === 1)!;
  await expectDiffusers(golden, { sampler: ddpm });
});

describe('B15: prompts beyond 77 tokens', () => {
  const { record, tensors } = longPrompts[0]!;
  const texts = [record.prompt, record.negativePrompt];

  test('lose their end, and the encoding says which', () => {
    const [long, short] = texts.map((text) => parts.tokenizer.encode(text));
    expect(parts.tokenizer.tokenize(record.prompt)).toHaveLength(record.tokens![0]);
    const { start, end } = long!.truncated!;
    expect(record.prompt.slice(start, end)).toMatch(/^\w.* sand 4$/);
    expect(parts.tokenizer.tokenize(record.prompt.slice(0, start))).toHaveLength(75);
    expect(record.negativePrompt.slice(short!.truncated!.start)).toBe('noise');
    expect(parts.tokenizer.encode('a red hat').truncated).toBeNull();
    const embeddings = parts.encodePrompts(texts);
    expect(embeddings.shape).toEqual([2, 77, 32]);
    embeddings.dispose();
  });

  test('are whole as longPrompts, all as long as the longest: as lpw_stable_diffusion has them', async () => {
    const embeddings = parts.encodePrompts(texts, { longPrompts: true });
    expect(embeddings.shape).toEqual([2, 3 * 77, 32]);
    const expected = ['prompt', 'negative'].flatMap((name) => [...tensors.get(name)!.data]);
    expectAllClose(await embeddings.data(), expected, { rtol: 1e-4 });
    embeddings.dispose();
  });

  test('within 77 tokens longPrompts changes nothing', async () => {
    const [plain, chunked] = [false, true].map((longPrompts) =>
      parts.encodePrompts(['a red hat', ''], { longPrompts }),
    ) as [Tensor, Tensor];
    expect(await chunked.data()).toEqual(await plain.data());
    expect(chunked.shape).toEqual([2, 77, 32]);
    plain.dispose();
    chunked.dispose();
  });
});

describe('textToImage', () => {
  const options: TextToImageOptions = { prompt: 'a red hat', steps: 2, guidanceScale: 1 };

  test('makes the size that the model was trained at', async () => {
    const { width, height } = await textToImage(parts, { ...options, steps: 1 });
    expect([width, height]).toEqual([64, 64]);
  });

  test('the seed decides, and so does whose numbers it means', async () => {
    const make = (more: Partial<TextToImageOptions>) => textToImage(parts, { ...options, ...more });
    const first = await make({ seed: 3 });
    expect((await make({ seed: 3 })).data).toEqual(first.data);
    expect((await make({ seed: 4 })).data).not.toEqual(first.data);
    expect((await make({ seed: 3, rng: 'cuda' })).data).not.toEqual(first.data);
  });

  test('stops at a signal and frees everything', async () => {
    const controller = new AbortController();
    let done = 0;
    const make = () =>
      textToImage(parts, {
        ...options,
        steps: 5,
        sampler: 'dpm++2m',
        signal: controller.signal,
        onStep: (step) => {
          done = step.done;
          if (done === 2) controller.abort(new Error('stopped by the user'));
        },
      });
    await expectNothingLeft(() => expect(make()).rejects.toThrow('stopped by the user'));
    expect(done).toBe(2);
  });

  test.each([
    ['before the first step', 0],
    ['after the last', 2],
  ])('stops %s', async (_, at) => {
    const controller = new AbortController();
    const stop = () => controller.abort(new Error('stopped by the user'));
    if (at === 0) stop();
    let done = 0;
    const make = () =>
      textToImage(parts, {
        ...options,
        signal: controller.signal,
        onStep: (step) => {
          done = step.done;
          if (done === at) stop();
        },
      });
    await expectNothingLeft(() => expect(make()).rejects.toThrow('stopped by the user'));
    expect(done).toBe(at);
  });

  test.each([
    ['a prompt that cannot be encoded', { clipSkip: 9 }, /clipSkip is 9/],
    ['a seed that is none', { seed: 1.5 }, /1.5/],
    ['a callback that throws', { onStep: () => Promise.reject(new Error('disk full')) }, /disk full/],
    ['a scale that is none', { guidanceScale: Number.NaN }, /guidanceScale is NaN/],
    ['a tile that cannot be', { tiling: true, tileSize: 7 }, /A tile of 7 pixels cannot be used/],
  ])('%s leaves nothing behind', async (_, more, message) => {
    await expectNothingLeft(() =>
      expect(textToImage(parts, { ...options, ...more })).rejects.toThrow(message),
    );
  });

  test('leaves nothing behind', () => expectNothingLeft(() => textToImage(parts, options)));

  test('refuses a size that is no multiple of the factor', async () => {
    await expect(textToImage(parts, { ...options, width: 60 })).rejects.toThrow(
      'A picture of 60 x 64 cannot be made; its sides must be multiples of 8 above 0.',
    );
  });
});

test('a model that is given a picture beside the latents is named', async () => {
  const config = parseUNetConfig({ ...TINY_CONFIGS.unet, in_channels: 8 });
  using unet = fillWeights(new UNet2DConditionModel(config), 1);
  const { tokenizer, textEncoder, vae, schedulerConfig } = parts;
  const instructed = new StableDiffusion(tokenizer, textEncoder, unet, vae, schedulerConfig);
  await expect(textToImage(instructed, { prompt: 'a red hat' })).rejects.toThrow(
    "The model's UNet takes 8 channels, which are a picture's beside the latents' 4",
  );
});

describe('imageToImage', () => {
  const options = { prompt: 'a red hat', image: startingPicture(), steps: 4 };

  test.each([0, 1.2, 0.1])('refuses a strength of %d', async (strength) => {
    await expect(imageToImage(parts, { ...options, strength })).rejects.toThrow(
      `A strength of ${strength} leaves no step of 4`,
    );
  });

  test('leaves nothing behind where it fails', () =>
    expectNothingLeft(() =>
      expect(imageToImage(parts, { ...options, clipSkip: 9 })).rejects.toThrow(/clipSkip is 9/),
    ));

  test("takes the picture's size, rounded down", async () => {
    const image = { width: 35, height: 17, data: new Uint8Array(35 * 17 * 3) };
    const { width, height } = await imageToImage(parts, {
      ...options,
      image,
      strength: 0.25,
      guidanceScale: 1,
    });
    expect([width, height]).toEqual([32, 16]);
  });
});
