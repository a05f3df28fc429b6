import type { Image, Mask, StableDiffusion } from '@lusd/sd-models';
import { encodeSafetensors, openSafetensors, tensor } from '@lusd/tensor';
import { isThorough, someOf } from '@lusd/testing/thorough';
import { expectNothingLeft } from '@lusd/testing-models/liveBuffers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type DrawSource,
  dds,
  type EditModel,
  type EditRequest,
  type EditSettings,
  type EditStep,
  edit,
  type LusdFacts,
  type LusdOptions,
  lusd,
  OptionError,
  RecordedDraws,
  recordedAttempts,
  TrajectoryRecorder,
} from '../src/index.ts';
import './support/device.ts';
import { shapesPipeline } from './support/shapesPipeline.ts';

let pipeline: StableDiffusion;

beforeAll(async () => {
  pipeline = await shapesPipeline();
});

afterAll(() => pipeline.dispose());

/** Pictures that all but the tests of sizes are made with. */
const [WIDTH, HEIGHT] = isThorough ? [160, 96] : [64, 48];

/** A red disc in the middle, on sand. */
function disc(width: number, height: number): Image {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const pixel = Math.floor(i / 3);
    const [x, y] = [(pixel % width) - width / 2, Math.floor(pixel / width) - height / 2];
    return (x ** 2 + y ** 2 < (height / 4) ** 2 ? [220, 40, 40] : [200, 175, 125])[i % 3]!;
  });
  return { width, height, data };
}

interface Changes extends Partial<EditRequest>, EditSettings {
  readonly method?: Partial<LusdOptions>;
}

/** An edit of three iterations, at the picture's own size. */
function start(
  { method, frame, draws, previews, record, signal, ...request }: Changes = {},
  model: EditModel = pipeline,
) {
  return edit(
    model,
    {
      image: disc(WIDTH, HEIGHT),
      source: 'a red circle on sand',
      target: 'a blue circle on sand',
      ...request,
    },
    lusd({ numSteps: 3, ...method }),
    { frame: { size: 'original', ...frame }, draws, previews, record, signal },
  );
}

async function edited(changes: Changes = {}, model?: EditModel): Promise<Image> {
  return start(changes, model).result();
}

/** What the model makes of the frame without an edit: encoded and decoded again. */
function reconstructed(changes: Changes = {}): Promise<Image> {
  return edited({ ...changes, method: { numSteps: 1, regScale: 1 } });
}

function meanDifference(a: Image, b: Image): number {
  expect([a.width, a.height]).toEqual([b.width, b.height]);
  return a.data.reduce((sum, value, i) => sum + Math.abs(value - b.data[i]!), 0) / a.data.length;
}

/** Steps so small that the picture stays nearly as it is: the step is 2000 lr over the number of latents. */
function gentle(width: number, height: number): Partial<LusdOptions> {
  return { numSteps: 3, lr: (0.02 * width * height) / (160 * 96) };
}

function expectSlightChange(image: Image, unedited: Image): void {
  const difference = meanDifference(image, unedited);
  expect(difference).toBeGreaterThan(0);
  expect(difference).toBeLessThan(2);
}

describe('sizes', () => {
  // Latents of 4 x 6, whose quarter is one pixel high; of 34 x 26, whose quarter is a fraction; and of 24 x 40.
  const sizes = [
    [24, 16],
    [104, 136],
    [160, 96],
  ] as const;
  test.each(someOf(sizes, 1))('%d x %d', async (width, height) => {
    const image = disc(width, height);
    const masks: (readonly number[] | undefined)[] = [];
    const run = start({ image, method: gentle(width, height) });
    for await (const { mask } of run) {
      masks.push(mask?.shape);
      if (!mask) continue;
      const weights = await mask.data();
      expect(Math.min(...weights)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...weights)).toBeLessThanOrEqual(1);
    }
    const shape = [1, height / 4, width / 4, 1];
    expect(masks).toEqual([undefined, shape, shape]);
    expectSlightChange(await run.result(), await reconstructed({ image }));
  });

  test('what is no multiple of the autoencoder’s factor, 4, is cut, or padded and cut out again', async () => {
    const image = disc(101, 67);
    const method = { numSteps: 1 };
    const cut = start({ image, method });
    const padded = start({ image, method, frame: { fit: 'pad' } });
    for (const [run, size] of [
      [cut, [100, 64]],
      [padded, [101, 67]],
    ] as const) {
      const result = await run.result();
      expect([result.width, result.height]).toEqual(size);
      expect([run.source.width, run.source.height]).toEqual(size);
    }
    expect(padded.source).toEqual(image);
  });
});

describe('f16', () => {
  test('gives nearly the picture of f32, and computes from the difference on in f32', async () => {
    using half = await shapesPipeline({ dtype: 'f16' });
    const steps: EditStep<LusdFacts>[] = [];
    const masks: (string | null)[] = [];
    const run = start({}, half);
    for await (const step of run) {
      steps.push(step);
      masks.push(step.mask?.dtype ?? null);
    }
    // The first step has no maps to make a mask of.
    expect(masks).toEqual([null, ...Array(steps.length - 1).fill('f32')]);
    expect(steps.length).toBeGreaterThan(1);
    const full = start();
    for await (const step of full) {
      const { timestep, attempts, std } = steps[step.iteration]!;
      expect({ timestep, attempts }).toEqual({ timestep: step.timestep, attempts: step.attempts });
      expect(Math.abs(std / step.std - 1)).toBeLessThan(0.02);
    }
    expect(meanDifference(await run.result(), await full.result())).toBeLessThan(1);
  });
});

describe("the user's mask", () => {
  const mask = (weight: (x: number) => number): Mask => ({
    width: WIDTH,
    height: HEIGHT,
    data: Uint8Array.from({ length: WIDTH * HEIGHT }, (_, i) => weight(i % WIDTH)),
  });

  test('of zeros leaves the latents alone', async () => {
    expect(await edited({ mask: mask(() => 0) })).toEqual(await reconstructed());
  });

  test('composites the untouched pixels back', async () => {
    const right = mask((x) => (x < WIDTH / 2 ? 0 : 255));
    const plain = await edited({ mask: right });
    const whole = await edited({ mask: right, composite: true });
    const original = disc(WIDTH, HEIGHT);
    for (let i = 0; i < whole.data.length; i++) {
      const kept = Math.floor(i / 3) % WIDTH < WIDTH / 2;
      expect(whole.data[i]).toBe((kept ? original : plain).data[i]);
    }
  });

  test('is needed to composite, and must be of the picture’s size', () => {
    expect(() => start({ composite: true })).toThrow(
      new OptionError('composite', 'needs a mask; give one, or omit it'),
    );
    const small = { width: 8, height: 8, data: new Uint8Array(64) };
    expect(() => start({ mask: small })).toThrow(
      new OptionError('mask', `is 8 x 8, but the picture is ${WIDTH} x ${HEIGHT}; make them the same size`),
    );
  });
});

describe('prompts', () => {
  test('that are equal change nothing, in one attempt', async () => {
    const run = start({ target: 'a red circle on sand' });
    for await (const { attempts, std, mask } of run) {
      expect({ attempts, std, mask }).toEqual({ attempts: 1, std: 0, mask: null });
    }
    expect(await run.result()).toEqual(await reconstructed());
  });

  test('longer than the text encoder reads are masked by what it reads', async () => {
    const target = `a ${'big '.repeat(20)}blue circle and a star`;
    const run = start({ source: '', target, method: { numSteps: 2 } });
    expect((await run.targetTokens()).beyondContext).toEqual(['circle', 'star']);
    for await (const { std } of run) expect(std).toBeGreaterThan(0);
    const named = start({ target, targetTokens: { words: ['star'] } });
    await expect(named.result()).rejects.toThrow('beyond token 22');
  });

  describe('B15: beyond what the text encoder reads', () => {
    const target = `${'a '.repeat(21)}blue circle and a star`;

    test('are reported with the words that are not read', async () => {
      const long = `${'a '.repeat(22)}red circle`;
      const { unread } = start({ target, source: long, negative: long });
      expect(unread).toEqual({
        source: 'red circle',
        target: 'circle and a star',
        negative: 'red circle',
      });
      expect(start().unread).toEqual({ source: null, target: null, negative: null });
    });

    test('are read whole and masked by all their words as longPrompts', async () => {
      const run = start({ target, longPrompts: true, method: { numSteps: 2 } });
      expect(run.unread).toEqual({ source: null, target: null, negative: null });
      const { beyondContext, words } = await run.targetTokens();
      expect(beyondContext).toEqual([]);
      expect(words.map(({ text }) => text)).toEqual(['circle', 'star']);
      for await (const { iteration, std, mask } of run) {
        expect(std).toBeGreaterThan(0);
        expect(mask === null).toBe(iteration === 0);
      }
    });

    test('is nothing of a short prompt, whose picture stays', async () => {
      expect(await edited({ longPrompts: true })).toEqual(await edited());
    });
  });

  test('may be empty or of other characters', async () => {
    const image = await edited({ source: '', target: '赤い 🔴 cercle ﬁn', method: gentle(WIDTH, HEIGHT) });
    expectSlightChange(image, await reconstructed());
  });
});

test('one step is one step', async () => {
  const run = start({ method: { numSteps: 1 }, previews: { every: 1 } });
  const previews: unknown[] = [];
  for await (const { preview } of run) previews.push(preview);
  expect(previews).toEqual([await run.result()]);
});

test('counts the batches of the UNet, those of rejected draws too', async () => {
  const run = start({ method: { numSteps: 2, threshold: 0.3 } });
  expect(run.unetCalls).toBe(0);
  let attempts = 0;
  for await (const step of run) {
    attempts += step.attempts;
    expect(run.unetCalls).toBe(attempts);
  }
  expect(attempts).toBeGreaterThan(2);
});

test('previews are made at the multiples asked for and at the last step, and not where they are not', async () => {
  const shown = async (changes: Changes) => {
    const iterations: number[] = [];
    for await (const { iteration, preview } of start({ method: { numSteps: 4 }, ...changes }))
      if (preview) iterations.push(iteration);
    return iterations;
  };
  expect(await shown({ previews: { every: 2 } })).toEqual([0, 2, 3]);
  expect(await shown({})).toEqual([]);
  expect(() => start({ previews: { every: 0 } })).toThrow(/option previews must be every 1 or more/);
});

test('a mask is shown as the result is: enlarged, without the padding', async () => {
  const run = start({ image: disc(64, 48), frame: { size: 64, fit: 'pad' } });
  const rows = Array.from({ length: 16 }, (_, row) => row / 15);
  using mask = tensor(rows, { shape: [1, 16, 1, 1] });
  const { width, height, data } = await run.maskPicture(mask);
  expect([width, height, data.length]).toEqual([64, 48, 64 * 48 * 3]);
  // The frame has 8 rows of padding above the picture; four of its rows are one of the mask's, by their centres.
  for (const y of [0, 20, 47]) {
    const expected = (255 * ((8 + y + 0.5) / 4 - 0.5)) / 15;
    for (const x of [0, 63])
      expect(Math.abs(data[(y * 64 + x) * 3 + 1]! - expected), `row ${y}`).toBeLessThan(2);
  }
});

test('any object with the parts of a model is one; its schedule bounds the timesteps', async () => {
  const { tokenizer, unet, vae, schedulerConfig } = pipeline;
  const short: EditModel = {
    tokenizer,
    unet,
    vae,
    schedulerConfig: { ...schedulerConfig, numTrainTimesteps: 20 },
    encodePrompts: (prompts) => pipeline.encodePrompts(prompts),
    encodeImage: (image) => pipeline.encodeImage(image),
  };
  await expect(edited({}, short)).rejects.toThrow(/option tMin must be less than 19/);
  expect(await edited({}, { ...short, schedulerConfig })).toEqual(await edited());
});

test('a recorded edit gives the same when its draws are fed back', async () => {
  const record = new TrajectoryRecorder();
  const recorded = await edited({ record, method: { threshold: 0.1 } });
  await using file = await openSafetensors(new Blob([encodeSafetensors(record.tensors)]));
  const attempts = recordedAttempts(file);
  expect(attempts).toHaveLength(3);
  const replayed: number[] = [];
  const run = start({ draws: await RecordedDraws.read(file), method: { threshold: 0.1 } });
  for await (const step of run) replayed.push(step.attempts);
  expect(replayed).toEqual(attempts);
  expect(await run.result()).toEqual(recorded);
  const longer = edited({ draws: await RecordedDraws.read(file), method: { threshold: 0.1, numSteps: 9 } });
  await expect(longer).rejects.toThrow(/draws and the edit asks for more/);
  const larger = edited({ draws: await RecordedDraws.read(file), image: disc(WIDTH + 8, HEIGHT) });
  const [held, needed] = [WIDTH, WIDTH + 8].map((width) => 4 * (width / 4) * (HEIGHT / 4));
  await expect(larger).rejects.toThrow(`holds ${held} numbers, but this picture's size needs ${needed}`);
});

test('edits with another method alike', async () => {
  const record = new TrajectoryRecorder();
  const request = {
    image: disc(WIDTH, HEIGHT),
    source: 'a red circle on sand',
    target: 'a blue circle on sand',
  };
  const run = edit(pipeline, request, dds({ numSteps: 2 }), { frame: { size: 'original' }, record });
  const steps: object[] = [];
  for await (const { iteration, attempts } of run) steps.push({ iteration, attempts });
  expect(steps).toEqual([
    { iteration: 0, attempts: 1 },
    { iteration: 1, attempts: 1 },
  ]);
  expect([...record.tensors.keys()]).toContain('s1.direction');
  const result = await run.result();
  expect(record.tensors.get('output')?.data).toEqual(result.data);
  expect(meanDifference(result, await reconstructed())).toBeGreaterThan(0);
});

describe('an edit that ends early frees what it holds', () => {
  test('when its end is reached', () => expectNothingLeft(() => edited()));

  test('when the caller stops listening', () =>
    expectNothingLeft(async () => {
      const run = start();
      for await (const { iteration } of run) if (iteration === 1) break;
      await expect(run.result()).rejects.toThrow('the run was stopped before its end');
    }));

  test('when it is never started', () => expectNothingLeft(async () => start()));

  test.each([-1, 0, 2])('when it is aborted after step %d', (last) =>
    expectNothingLeft(async () => {
      const controller = new AbortController();
      const { signal } = controller;
      if (last < 0) controller.abort(new Error('enough'));
      const run = start({ signal });
      const listen = async () => {
        for await (const { iteration } of run) if (iteration === last) controller.abort(new Error('enough'));
      };
      await expect(listen()).rejects.toThrow('enough');
    }),
  );

  test('when a draw fails', () =>
    expectNothingLeft(async () => {
      const draws: DrawSource = {
        randint: () => 500,
        randn: () => {
          throw new Error('no draws');
        },
      };
      await expect(edited({ draws })).rejects.toThrow('no draws');
    }));
});
