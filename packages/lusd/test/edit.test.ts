import { type Image, type Mask, StableDiffusion } from '@lusd/sd-models';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectNothingLeft } from '../../sd-models/test/support/liveBuffers.ts';
import { type EditRequest, type EditStep, edit, OptionError } from '../src/index.ts';
import './support/device.ts';
import { shapesPipeline } from './support/shapesPipeline.ts';

let pipeline: StableDiffusion;

beforeAll(async () => {
  pipeline = await shapesPipeline();
});

afterAll(() => pipeline.dispose());

/** A red disc in the middle, on sand. */
function disc(width: number, height: number): Image {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const pixel = Math.floor(i / 3);
    const [x, y] = [(pixel % width) - width / 2, Math.floor(pixel / width) - height / 2];
    return (x ** 2 + y ** 2 < (height / 4) ** 2 ? [220, 40, 40] : [200, 175, 125])[i % 3]!;
  });
  return { width, height, data };
}

function request(options: Partial<EditRequest> = {}): EditRequest {
  return {
    image: disc(160, 96),
    source: 'a red circle on sand',
    target: 'a blue circle on sand',
    size: 'original',
    numSteps: 3,
    ...options,
  };
}

async function edited(options: Partial<EditRequest> = {}, model = pipeline): Promise<Image> {
  return (await (await edit(model, request(options))).result()).image;
}

function meanDifference(a: Image, b: Image): number {
  expect([a.width, a.height]).toEqual([b.width, b.height]);
  return a.data.reduce((sum, value, i) => sum + Math.abs(value - b.data[i]!), 0) / a.data.length;
}

describe('sizes', () => {
  // Latents of 24 x 40; of 34 x 26, whose quarter is a fraction; and of 4 x 6, whose quarter is one pixel high.
  test.each([
    [160, 96],
    [104, 136],
    [24, 16],
  ])('%d x %d', async (width, height) => {
    const masks: (readonly number[] | undefined)[] = [];
    const running = await edit(pipeline, request({ image: disc(width, height) }));
    for await (const { mask } of running) {
      masks.push(mask?.shape);
      if (!mask) continue;
      const weights = await mask.data();
      expect(Math.min(...weights)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...weights)).toBeLessThanOrEqual(1);
    }
    expect(masks).toEqual([undefined, [1, height / 4, width / 4, 1], [1, height / 4, width / 4, 1]]);
    const { image, source } = await running.result();
    expect(meanDifference(image, source)).toBeLessThan(128);
    expect([image.width, image.height]).toEqual([width, height]);
  });

  test('what is no multiple of 8 is cut, or padded and cut out again', async () => {
    const image = disc(101, 67);
    const [cut, padded] = [
      await edited({ image, numSteps: 1 }),
      await edited({ image, numSteps: 1, fit: 'pad' }),
    ];
    expect([cut.width, cut.height]).toEqual([96, 64]);
    expect([padded.width, padded.height]).toEqual([101, 67]);
  });
});

describe('f16', () => {
  test('gives nearly the picture of f32, and computes from the difference on in f32', async () => {
    using half = await shapesPipeline({ dtype: 'f16' });
    const steps: EditStep[] = [];
    const running = await edit(half, request());
    for await (const step of running) {
      steps.push(step);
      if (step.mask) expect(step.mask.dtype).toBe('f32');
    }
    const { image } = await running.result();
    const full = await edit(pipeline, request());
    for await (const step of full) {
      const { timestep, attempts, std } = steps[step.iteration]!;
      expect({ timestep, attempts }).toEqual({ timestep: step.timestep, attempts: step.attempts });
      expect(Math.abs(std / step.std - 1)).toBeLessThan(0.02);
    }
    expect(meanDifference(image, (await full.result()).image)).toBeLessThan(1);
  });
});

describe("the user's mask", () => {
  const mask = (weight: (x: number) => number): Mask => ({
    width: 160,
    height: 96,
    data: Uint8Array.from({ length: 160 * 96 }, (_, i) => weight(i % 160)),
  });

  test('of zeros leaves the latents alone', async () => {
    const untouched = await edited({ numSteps: 1, regScale: 1 });
    expect(await edited({ mask: mask(() => 0) })).toEqual(untouched);
  });

  test('composites the untouched pixels back', async () => {
    const right = mask((x) => (x < 80 ? 0 : 255));
    const plain = await edited({ mask: right });
    const whole = await edited({ mask: right, composite: true });
    const original = request().image;
    for (let i = 0; i < whole.data.length; i++) {
      const kept = Math.floor(i / 3) % 160 < 80;
      expect(whole.data[i]).toBe((kept ? original : plain).data[i]);
    }
  });

  test('is needed to composite, and must be of the picture’s size', async () => {
    await expect(edit(pipeline, request({ composite: true }))).rejects.toThrow('composite needs a mask');
    const small = { width: 8, height: 8, data: new Uint8Array(64) };
    await expect(edited({ mask: small })).rejects.toThrow(OptionError);
  });
});

describe('prompts', () => {
  test('that are equal change nothing, in one attempt', async () => {
    const running = await edit(pipeline, request({ target: 'a red circle on sand' }));
    for await (const { attempts, std, mask } of running) {
      expect({ attempts, std, mask }).toEqual({ attempts: 1, std: 0, mask: null });
    }
    const untouched = await edited({ numSteps: 1, regScale: 1 });
    expect((await running.result()).image).toEqual(untouched);
  });

  test('longer than the text encoder reads are masked by what it reads', async () => {
    const target = `a ${'big '.repeat(20)}blue circle and a star`;
    const running = await edit(pipeline, request({ source: '', target, numSteps: 2 }));
    expect(running.targetTokens.beyondContext).toEqual(['circle', 'star']);
    for await (const { std } of running) expect(std).toBeGreaterThan(0);
    await expect(edit(pipeline, request({ target, targetTokens: { words: ['star'] } }))).rejects.toThrow(
      'beyond token 22',
    );
  });

  describe('B15: beyond what the text encoder reads', () => {
    const target = `${'a '.repeat(21)}blue circle and a star`;

    test('are reported with the words that are not read', async () => {
      const { unread } = await edit(pipeline, request({ target, source: `${'a '.repeat(22)}red circle` }));
      expect(unread).toEqual({ source: 'red circle', target: 'circle and a star' });
      expect((await edit(pipeline, request())).unread).toEqual({ source: null, target: null });
    });

    test('are read whole and masked by all their words as longPrompts', async () => {
      const running = await edit(pipeline, request({ target, longPrompts: true, numSteps: 2 }));
      expect(running.unread).toEqual({ source: null, target: null });
      expect(running.targetTokens.beyondContext).toEqual([]);
      expect(running.targetTokens.words.map(({ text }) => text)).toEqual(['circle', 'star']);
      for await (const { iteration, std, mask } of running) {
        expect(std).toBeGreaterThan(0);
        expect(mask === null).toBe(iteration === 0);
      }
    });

    test('is nothing of a short prompt, whose picture stays', async () => {
      expect(await edited({ longPrompts: true })).toEqual(await edited());
    });
  });

  test('may be empty or of other characters', async () => {
    const image = await edited({ source: '', target: '赤い 🔴 cercle ﬁn', numSteps: 2 });
    expect(meanDifference(image, request().image)).toBeLessThan(128);
  });
});

test('one step is one step', async () => {
  const running = await edit(pipeline, request({ numSteps: 1, previews: true }));
  const previews: unknown[] = [];
  for await (const { preview } of running) previews.push(preview);
  expect(previews).toEqual([(await running.result()).image]);
});

test('a timestep beyond the training of the model is named', async () => {
  const { tokenizer, textEncoder, unet, vae, schedulerConfig } = pipeline;
  const short = { ...schedulerConfig, numTrainTimesteps: 20 };
  const model = new StableDiffusion(tokenizer, textEncoder, unet, vae, short);
  await expect(edited({}, model)).rejects.toThrow(/timestep \d+ is none of the 20/);
});

describe('an edit that ends early frees what it holds', () => {
  test('when its end is reached', () => expectNothingLeft(() => edited()));

  test('when the caller stops listening', () =>
    expectNothingLeft(async () => {
      const running = await edit(pipeline, request());
      for await (const { iteration } of running) if (iteration === 1) break;
      await expect(running.result()).rejects.toThrow('it was stopped before its end');
    }));

  test('when it is never started', () => expectNothingLeft(() => edit(pipeline, request())));

  test.each([-1, 0, 2])('when it is aborted after step %d', (last) =>
    expectNothingLeft(async () => {
      const controller = new AbortController();
      const { signal } = controller;
      if (last < 0) controller.abort(new Error('enough'));
      const running = await edit(pipeline, request({ signal }));
      const listen = async () => {
        for await (const { iteration } of running)
          if (iteration === last) controller.abort(new Error('enough'));
      };
      await expect(listen()).rejects.toThrow('enough');
    }),
  );

  test('when a draw fails', () =>
    expectNothingLeft(async () => {
      const draws = {
        next: () => {
          throw new Error('no draws');
        },
      };
      await expect(edited({ draws })).rejects.toThrow('no draws');
    }));
});
