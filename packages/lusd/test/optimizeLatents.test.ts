import { type Tensor, tensor } from '@lusd/tensor';
import { describe, expect, test } from 'vitest';
import {
  type Attempt,
  directionScaleSchedule,
  type EditOptions,
  type LatentProblem,
  type LatentStep,
  MAX_ATTEMPTS,
  NoiseSchedule,
  optimizeLatents,
  PredictionError,
  parseEditOptions,
} from '../src/index.ts';
import { device } from './support/device.ts';
import { COUNT, deviationOf, latents, StubDraws, StubPredictor, wave } from './support/stubPredictor.ts';

const schedule = new NoiseSchedule({
  numTrainTimesteps: 1000,
  betaStart: 0.00085,
  betaEnd: 0.012,
  betaSchedule: 'scaled_linear',
  predictionType: 'epsilon',
} as ConstructorParameters<typeof NoiseSchedule>[0]);

function problem(
  source: Tensor,
  options: Partial<EditOptions>,
  rest: Partial<LatentProblem> = {},
): LatentProblem {
  return {
    source,
    predictor: new StubPredictor(() => 1),
    draws: new StubDraws(),
    schedule,
    options: parseEditOptions(options),
    targetTokens: [],
    userMask: null,
    ...rest,
  };
}

/** Runs to the end; `see` looks at every step while its tensors are valid. */
async function runAll(
  p: LatentProblem,
  see: (step: LatentStep) => Promise<void> = async () => {},
): Promise<Float32Array> {
  const steps = optimizeLatents(p);
  let next = await steps.next();
  for (; !next.done; next = await steps.next()) await see(next.value);
  const data = await next.value.data<Float32Array<ArrayBuffer>>();
  next.value.dispose();
  return data;
}

describe('steps', () => {
  test('the standard deviation of every step is that of the schedule, times 2000 / (H W)', async () => {
    using source = latents();
    const options = { numSteps: 7 };
    const scales = directionScaleSchedule(7, parseEditOptions(options));
    await runAll(problem(source, options), async ({ iteration, before, latents }) => {
      const [a, b] = [await before.data(), await latents.data()];
      const step = Array.from(b, (value, i) => value - a[i]!);
      expect(deviationOf(step)).toBeCloseTo((2000 / 64) * scales[iteration]!, 4);
    });
  });

  test('lambda = 1 leaves z as it is, without NaN', async () => {
    using source = latents();
    const result = await runAll(problem(source, { numSteps: 3, regScale: 1 }));
    expect(result).toEqual(wave(COUNT));
  });

  test('equal prompts take one attempt an iteration and leave z bitwise', async () => {
    using source = latents();
    const draws = new StubDraws();
    const attempts: number[] = [];
    const p = problem(source, { numSteps: 3 }, { draws, predictor: new StubPredictor(() => 0) });
    const result = await runAll(p, async ({ attempt }) => void attempts.push(attempt.attempt));
    expect(result).toEqual(wave(COUNT));
    expect(attempts).toEqual([0, 0, 0]);
    expect(draws.drawn).toBe(3);
  });

  test('no update where the mask of the user is 0, half of it where it is one half', async () => {
    using source = latents();
    const weights = Float32Array.from({ length: 64 }, (_, i) => [0, 0.5, 1][i % 3]!);
    using userMask = tensor(weights, { shape: [1, 8, 8, 1] });
    const whole = await runAll(problem(source, { numSteps: 1 }));
    const masked = await runAll(problem(source, { numSteps: 1 }, { userMask }));
    const start = wave(COUNT);
    for (let i = 0; i < COUNT; i++) {
      const expected = weights[Math.floor(i / 4)]! * (whole[i]! - start[i]!);
      expect(masked[i]! - start[i]!).toBeCloseTo(expected, 4);
    }
  });

  test('without direction scaling the step is the plain gradient', async () => {
    using source = latents();
    const result = await runAll(
      problem(source, { numSteps: 1, directionScale: false, regScale: 0, lr: 0.5 }),
    );
    const gradient = wave(COUNT).map((v) => v / deviationOf(wave(COUNT)));
    for (let i = 0; i < COUNT; i++) {
      expect(result[i]).toBeCloseTo(wave(COUNT)[i]! - 0.5 * (2000 / 64) * gradient[i]!, 4);
    }
  });

  test('nothing of a run stays on the device', async () => {
    using source = latents();
    const before = device.memory().liveBuffers;
    await runAll(problem(source, { numSteps: 3 }, { targetTokens: [1] }));
    expect(device.memory().liveBuffers).toBe(before);
  });
});

describe('the filter', () => {
  test('a constant deviation below the threshold takes ceil(ln(s / tau) / ln 0.99) retries', async () => {
    using source = latents();
    const s = 0.004;
    const attempts: Attempt[] = [];
    const p = problem(
      source,
      { numSteps: 2 },
      { predictor: new StubPredictor(() => s, false), onAttempt: (attempt) => void attempts.push(attempt) },
    );
    await runAll(p);
    const retries = Math.ceil(Math.log(s / 0.01) / Math.log(0.99));
    expect(attempts.filter((a) => a.accepted).map((a) => a.attempt)).toEqual([retries, retries]);
    expect(attempts[0]!.threshold).toBe(0.01);
    expect(attempts[1]!.threshold).toBeCloseTo(0.0099, 12);
    // The threshold starts again at every iteration.
    expect(attempts.find((a) => a.iteration === 1)!.threshold).toBe(0.01);
  });

  test(`after ${MAX_ATTEMPTS} attempts the last draw is taken, and it is said`, async () => {
    using source = latents();
    const p = problem(source, { numSteps: 1 }, { predictor: new StubPredictor(() => 1e-9, false) });
    await runAll(p, async ({ attempt }) => {
      expect(attempt).toMatchObject({ attempt: MAX_ATTEMPTS - 1, accepted: true, exhausted: true });
    });
  });

  test('a prediction that is not finite is named', async () => {
    using source = latents();
    const p = problem(source, { numSteps: 1 }, { predictor: new StubPredictor(() => Number.NaN) });
    await expect(runAll(p)).rejects.toThrow(PredictionError);
  });

  test('what listens to attempts and fails ends the run, which is freed', async () => {
    using source = latents();
    const before = device.memory().liveBuffers;
    const onAttempt = ({ iteration }: Attempt) => {
      if (iteration === 1) throw new Error('no room');
    };
    await expect(runAll(problem(source, { numSteps: 3 }, { onAttempt }))).rejects.toThrow('no room');
    expect(device.memory().liveBuffers).toBe(before);
  });

  test('a step that cannot be taken ends the run, which is freed', async () => {
    using source = latents();
    using userMask = tensor([1, 1, 1], { shape: [3] });
    const before = device.memory().liveBuffers;
    await expect(runAll(problem(source, { numSteps: 3 }, { userMask }))).rejects.toThrow(/\[3\]/);
    expect(device.memory().liveBuffers).toBe(before);
  });

  test('an abort ends the run and frees it', async () => {
    using source = latents();
    const before = device.memory().liveBuffers;
    const controller = new AbortController();
    const p = problem(source, { numSteps: 5 }, { signal: controller.signal });
    await expect(runAll(p, async () => controller.abort(new Error('enough')))).rejects.toThrow('enough');
    expect(device.memory().liveBuffers).toBe(before);
  });
});

describe('the mask', () => {
  /** Refuses every second call. */
  const alternating = () => new StubPredictor((call) => (call % 2 === 0 ? 1e-3 : 1));

  test('comes from the maps of the previous accepted attempt, never from a refused one', async () => {
    using source = latents();
    const peaks: (number | null)[] = [];
    const p = problem(source, { numSteps: 4 }, { predictor: alternating(), targetTokens: [1, 2] });
    await runAll(p, async ({ maps }) => {
      const cross = maps && (await maps.cross.data());
      peaks.push(cross && Math.floor(cross.indexOf(1) / 5));
    });
    // Accepted calls are 1, 3, 5, 7; a map peaks at its call's number modulo 4.
    expect(peaks).toEqual([null, 1, 3, 1]);
  });

  test('averages over accepted attempts alone: refused ones leave no trace in the result', async () => {
    using source = latents();
    const accepted = new StubPredictor(() => 1);
    // The calls that `alternating` has accepted, as if they were all there were.
    const everySecond = {
      predict: () => {
        accepted.calls += 1 - (accepted.calls % 2);
        return accepted.predict();
      },
    };
    const options = { numSteps: 5 };
    const withRefused = problem(source, options, { predictor: alternating(), targetTokens: [1] });
    const without = problem(source, options, { predictor: everySecond, targetTokens: [1] });
    expect(await runAll(withRefused)).toEqual(await runAll(without));
  });

  test('is left out at iteration 0, and always without target tokens', async () => {
    using source = latents();
    const masks: boolean[] = [];
    await runAll(
      problem(source, { numSteps: 3 }, { targetTokens: [1] }),
      async ({ mask }) => void masks.push(mask !== null),
    );
    await runAll(problem(source, { numSteps: 3 }), async ({ mask }) => void masks.push(mask !== null));
    expect(masks).toEqual([false, true, true, false, false, false]);
  });

  test('narrows from the whole picture to itself', async () => {
    using source = latents();
    const least: number[] = [];
    await runAll(problem(source, { numSteps: 5 }, { targetTokens: [1] }), async ({ mask }) => {
      if (mask) least.push(Math.min(...(await mask.data())));
    });
    // b_k = 0, 1/4, .. 1: the mask's own minimum is 0 where it was first taken.
    expect(least[0]).toBeCloseTo(0.75, 5);
    expect(least.every((value, i) => i === 0 || value <= least[i - 1]! + 1e-6)).toBe(true);
  });
});
