import { NoiseSchedule, parseSchedulerConfig } from '@lusd/sd-models';
import { type Tensor, tensor } from '@lusd/tensor';
import { describe, expect, test } from 'vitest';
import {
  type Denoiser,
  type DrawSource,
  directionScaleSchedule,
  LatentDraws,
  type LusdFacts,
  type LusdOptions,
  lusd,
  MAX_ATTEMPTS,
  OptionError,
  PredictionError,
  type Problem,
  type Query,
  type Step,
  type Tap,
} from '../../src/index.ts';
import { device } from '../support/device.ts';
import { COUNT, deviationOf, latents, SIZE, StubDenoiser, StubDraws, wave } from '../support/stubDenoiser.ts';

const SD1 = { beta_start: 0.00085, beta_end: 0.012, beta_schedule: 'scaled_linear' };

interface Circumstances extends Partial<Pick<Problem, 'userMask' | 'signal' | 'schedule'>> {
  readonly denoiser?: Denoiser;
  readonly draws?: DrawSource;
  readonly targetTokens?: readonly number[];
}

function problem(source: Tensor, circumstances: Circumstances = {}): Problem {
  const { draws = new StubDraws(), targetTokens: indices = [], ...rest } = circumstances;
  const [height, width] = SIZE;
  return {
    source,
    denoiser: new StubDenoiser(() => 1),
    draws: new LatentDraws(draws, { height, width, channels: 4 }, device),
    schedule: new NoiseSchedule(parseSchedulerConfig(SD1)),
    targetTokens: async () => ({ indices, words: [], beyondContext: [] }),
    userMask: null,
    scalingFactor: 0.18215,
    prompts: {
      source: '',
      target: '',
      negative: null,
      tokenizer: { maxLength: 77, tokenize: () => [] },
      longPrompts: false,
    },
    ...rest,
  };
}

/** Runs to the end; `see` looks at every attempt while its tensors are valid. Returns the latents at the end. */
async function runAll(
  p: Problem,
  options: Partial<LusdOptions>,
  see: (step: Step<LusdFacts>) => void | Promise<void> = () => {},
): Promise<Float32Array> {
  let data = new Float32Array();
  for await (const step of lusd(options).run(p)) {
    await see(step);
    data = await step.latents.data('f32');
  }
  return data;
}

describe('steps', () => {
  test('the standard deviation of every step is that of the schedule, times 2000 / (H W)', async () => {
    using source = latents();
    const options = { numSteps: 7 };
    const scales = directionScaleSchedule(7, lusd(options).options);
    await runAll(problem(source), options, async ({ iteration, before, latents }) => {
      const [a, b] = [await before.data(), await latents.data()];
      const step = Array.from(b, (value, i) => value - a[i]!);
      expect(deviationOf(step)).toBeCloseTo((2000 / 64) * scales[iteration]!, 4);
    });
  });

  test('lambda = 1 leaves z as it is, without NaN', async () => {
    using source = latents();
    const result = await runAll(problem(source), { numSteps: 3, regScale: 1 });
    expect(result).toEqual(wave(COUNT));
  });

  test('equal prompts take one attempt an iteration and leave z bitwise', async () => {
    using source = latents();
    const draws = new StubDraws();
    const attempts: number[] = [];
    const p = problem(source, { draws, denoiser: new StubDenoiser(() => 0) });
    const result = await runAll(p, { numSteps: 3 }, ({ attempt }) => void attempts.push(attempt));
    expect(result).toEqual(wave(COUNT));
    expect(attempts).toEqual([0, 0, 0]);
    expect(draws.drawn).toBe(3);
  });

  test('no update where the mask of the user is 0, half of it where it is one half', async () => {
    using source = latents();
    const weights = Float32Array.from({ length: 64 }, (_, i) => [0, 0.5, 1][i % 3]!);
    using userMask = tensor(weights, { shape: [1, 8, 8, 1] });
    const whole = await runAll(problem(source), { numSteps: 1 });
    const masked = await runAll(problem(source, { userMask }), { numSteps: 1 });
    const start = wave(COUNT);
    for (let i = 0; i < COUNT; i++) {
      const expected = weights[Math.floor(i / 4)]! * (whole[i]! - start[i]!);
      expect(masked[i]! - start[i]!).toBeCloseTo(expected, 4);
    }
  });

  test('without direction scaling the step is the plain gradient', async () => {
    using source = latents();
    const options = { numSteps: 1, directionScale: false, regScale: 0, lr: 0.5 };
    const result = await runAll(problem(source), options);
    const gradient = wave(COUNT).map((v) => v / deviationOf(wave(COUNT)));
    for (let i = 0; i < COUNT; i++) {
      expect(result[i]).toBeCloseTo(wave(COUNT)[i]! - 0.5 * (2000 / 64) * gradient[i]!, 4);
    }
  });

  test('nothing of a run stays on the device', async () => {
    using source = latents();
    const before = device.memory().liveBuffers;
    await runAll(problem(source, { targetTokens: [1] }), { numSteps: 3 });
    expect(device.memory().liveBuffers).toBe(before);
  });
});

describe('the filter', () => {
  test('a constant deviation below the threshold takes ceil(ln(s / tau) / ln 0.99) retries', async () => {
    using source = latents();
    const s = 0.004;
    const accepted: number[] = [];
    const thresholds: number[][] = [[], []];
    await runAll(problem(source, { denoiser: new StubDenoiser(() => s) }), { numSteps: 2 }, (step) => {
      thresholds[step.iteration]!.push(step.facts.threshold);
      if (step.direction) accepted.push(step.attempt);
    });
    const retries = Math.ceil(Math.log(s / 0.01) / Math.log(0.99));
    expect(accepted).toEqual([retries, retries]);
    // The threshold starts again at every iteration.
    for (const [first, second] of thresholds) {
      expect(first).toBe(0.01);
      expect(second).toBeCloseTo(0.0099, 12);
    }
  });

  test('a refused draw leaves the latents as they are', async () => {
    using source = latents();
    const denoiser = new StubDenoiser((call) => (call % 2 === 0 ? 1e-3 : 1));
    const refused: boolean[] = [];
    await runAll(problem(source, { denoiser }), { numSteps: 2 }, ({ direction, before, latents }) => {
      refused.push(before === latents);
      expect(before === latents).toBe(direction === null);
    });
    expect(refused).toEqual([true, false, true, false]);
  });

  test(`after ${MAX_ATTEMPTS} attempts the last draw is taken, and it is said`, async () => {
    using source = latents();
    const p = problem(source, { denoiser: new StubDenoiser(() => 1e-9) });
    const taken: object[] = [];
    await runAll(p, { numSteps: 1 }, ({ attempt, direction, facts: { exhausted } }) => {
      if (direction) taken.push({ attempt, exhausted });
    });
    expect(taken).toEqual([{ attempt: MAX_ATTEMPTS - 1, exhausted: true }]);
  });

  test('a prediction that is not finite is named', async () => {
    using source = latents();
    const p = problem(source, { denoiser: new StubDenoiser(() => Number.NaN) });
    await expect(runAll(p, { numSteps: 1 })).rejects.toThrow(PredictionError);
  });

  test('what looks at attempts and fails ends the run, which is freed', async () => {
    using source = latents();
    const before = device.memory().liveBuffers;
    const see = ({ iteration }: Step) => {
      if (iteration === 1) throw new Error('no room');
    };
    await expect(runAll(problem(source, { targetTokens: [1] }), { numSteps: 3 }, see)).rejects.toThrow(
      'no room',
    );
    expect(device.memory().liveBuffers).toBe(before);
  });

  test('timesteps beyond the training of the model are named before anything is drawn', async () => {
    using source = latents();
    const draws = new StubDraws();
    const schedule = new NoiseSchedule(parseSchedulerConfig({ ...SD1, num_train_timesteps: 20 }));
    const run = runAll(problem(source, { draws, schedule }), { numSteps: 1 });
    await expect(run).rejects.toThrow(
      new OptionError('tMin', 'must be less than 19, since timesteps end at 20, but is 50'),
    );
    expect(draws.drawn).toBe(0);
  });

  test('a step that cannot be taken ends the run, which is freed', async () => {
    using source = latents();
    using userMask = tensor([1, 1, 1], { shape: [3] });
    const before = device.memory().liveBuffers;
    await expect(runAll(problem(source, { userMask }), { numSteps: 3 })).rejects.toThrow(/\[3\]/);
    expect(device.memory().liveBuffers).toBe(before);
  });

  test('an abort ends the run and frees it', async () => {
    using source = latents();
    const before = device.memory().liveBuffers;
    const controller = new AbortController();
    const p = problem(source, { signal: controller.signal });
    await expect(runAll(p, { numSteps: 5 }, () => controller.abort(new Error('enough')))).rejects.toThrow(
      'enough',
    );
    expect(device.memory().liveBuffers).toBe(before);
  });
});

describe('the mask', () => {
  /** Refuses every second call. */
  const alternating = () => new StubDenoiser((call) => (call % 2 === 0 ? 1e-3 : 1));

  test('comes from the maps of the previous accepted attempt, never from a refused one', async () => {
    using source = latents();
    const peaks: (number | null)[] = [];
    const p = problem(source, { denoiser: alternating(), targetTokens: [1, 2] });
    await runAll(p, { numSteps: 4 }, async ({ direction, facts: { maps } }) => {
      if (!direction) return;
      const cross = maps && (await maps.cross.data());
      peaks.push(cross && Math.floor(cross.indexOf(1) / 5));
    });
    // Accepted calls are 1, 3, 5, 7; a map peaks at its call's number modulo 4.
    expect(peaks).toEqual([null, 1, 3, 1]);
  });

  test('averages over accepted attempts alone: refused ones leave no trace in the result', async () => {
    using source = latents();
    /** The calls that `alternating` has accepted, as if they were all there were. */
    class EverySecond extends StubDenoiser {
      override predict<const Q extends readonly Query[], T>(t: number, queries: Q, tap?: Tap<T> | null) {
        this.calls += 1 - (this.calls % 2);
        return super.predict(t, queries, tap);
      }
    }
    const options = { numSteps: 5 };
    const withRefused = problem(source, { denoiser: alternating(), targetTokens: [1] });
    const without = problem(source, { denoiser: new EverySecond(() => 1), targetTokens: [1] });
    expect(await runAll(withRefused, options)).toEqual(await runAll(without, options));
  });

  test('is left out at iteration 0, and always without target tokens', async () => {
    using source = latents();
    const masks: boolean[] = [];
    for (const targetTokens of [[1], []])
      await runAll(problem(source, { targetTokens }), { numSteps: 3 }, ({ facts }) => {
        masks.push(facts.mask !== null);
      });
    expect(masks).toEqual([false, true, true, false, false, false]);
  });

  test('narrows from the whole picture to itself', async () => {
    using source = latents();
    const least: number[] = [];
    await runAll(problem(source, { targetTokens: [1] }), { numSteps: 5 }, async ({ facts: { mask } }) => {
      if (mask) least.push(Math.min(...(await mask.data())));
    });
    // b_k = 0, 1/4, .. 1: the mask's own minimum is 0 where it was first taken.
    expect(least[0]).toBeCloseTo(0.75, 5);
    expect(least.every((value, i) => i === 0 || value <= least[i - 1]! + 1e-6)).toBe(true);
  });
});
