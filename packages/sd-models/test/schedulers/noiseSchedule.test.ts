import { scope, type Tensor, tensor } from '@lusd/tensor';
import { expectAllClose } from '@lusd/testing/allClose';
import { describe, expect, test } from 'vitest';
import { parseSchedulerConfig } from '../../src/schedulers/config.ts';
import type { PredictionType } from '../../src/schedulers/noiseConfig.ts';
import { NoiseSchedule } from '../../src/schedulers/noiseSchedule.ts';

const SD1 = { beta_start: 0.00085, beta_end: 0.012, beta_schedule: 'scaled_linear' };
const schedule = new NoiseSchedule(parseSchedulerConfig(SD1));

// Of Stable Diffusion 1, by diffusers' DDIMScheduler.
test.each([
  [50, 0.975488, 0.220052],
  [948, 0.091837, 0.995774],
])('alpha and sigma at t = %i', (timestep, alpha, sigma) => {
  expect(schedule.alpha(timestep)).toBeCloseTo(alpha, 5);
  expect(schedule.sigma(timestep)).toBeCloseTo(sigma, 5);
  expect(schedule.lambda(timestep)).toBeCloseTo(Math.log(alpha / sigma), 5);
  expect(schedule.relativeSigma(timestep)).toBeCloseTo(sigma / alpha, 3);
});

test('beta runs from the start to the end of the configuration, and abar is the product of what it leaves', () => {
  expect(schedule.beta(0)).toBeCloseTo(SD1.beta_start, 8);
  expect(schedule.beta(999)).toBeCloseTo(SD1.beta_end, 8);
  const [before, at] = [schedule.alphaCumprod(499), schedule.alphaCumprod(500)];
  expect(at / before).toBeCloseTo(1 - schedule.beta(500), 6);
});

test('its length is that of the training', () => {
  expect(schedule.length).toBe(1000);
  expect(new NoiseSchedule(parseSchedulerConfig({ ...SD1, num_train_timesteps: 20 })).length).toBe(20);
});

test.each([-1, 0.5, 1000, Number.NaN])('timestep %d is refused', (timestep) => {
  expect(() => schedule.sigma(timestep)).toThrow(RangeError);
  expect(() => schedule.sigma(timestep)).toThrow(/is not one of the 1000/);
});

describe.each<PredictionType>(['epsilon', 'v_prediction'])('a model that predicts %s', (type) => {
  const own = new NoiseSchedule(parseSchedulerConfig({ ...SD1, prediction_type: type }));
  const x0 = [0.5, -2, 0];
  const eps = [1, 0.25, -0.75];
  const t = 233;

  /** What a perfect model gives: the noise, or alpha eps - sigma x0. */
  function perfectOutput(original: Tensor, noise: Tensor): Tensor {
    return type === 'epsilon' ? noise : noise.mul(own.alpha(t)).sub(original.mul(own.sigma(t)));
  }

  test('implies the noise and the picture that were mixed', async () => {
    const results = scope(() => {
      const [original, noise] = [tensor(x0), tensor(eps)];
      const noisy = own.mix(original, noise, t);
      const output = perfectOutput(original, noise);
      return {
        original: own.predictOriginal(output, noisy, t),
        noise: own.predictNoise(output, noisy, t).mul(1),
      };
    });
    expectAllClose(await results.original.data(), x0, { rtol: 1e-6 });
    expectAllClose(await results.noise.data(), eps, { rtol: 1e-6 });
    for (const result of Object.values(results)) result.dispose();
  });
});
