import { scope, type Tensor, TorchCpuGenerator, tensor } from '@lusd/tensor';
import { expectAllClose } from '@lusd/testing/allClose';
import { describe, expect, test } from 'vitest';
import { parseSchedulerConfig } from '../../src/schedulers/config.ts';
import { createSampler } from '../../src/schedulers/createSampler.ts';
import { alphasCumprod } from '../../src/schedulers/noiseSchedule.ts';
import type { SamplerName } from '../../src/schedulers/samplerFields.ts';
import { readGolden } from '../support/golden.ts';

interface TrajectoryRecord {
  readonly sampler: SamplerName;
  readonly config: unknown;
  readonly steps: number;
  readonly eta: number;
  /** Index of the step from which sampling starts; above 0 it starts from a noised sample. */
  readonly first: number;
  readonly seed: number;
  readonly shape: readonly number[];
}

const SD1 = { beta_start: 0.00085, beta_end: 0.012, beta_schedule: 'scaled_linear', steps_offset: 1 };

/** The reference's stand-in for a model: x / (1 + x^2) + t / 5000. */
function model(x: Tensor, timestep: number): Tensor {
  return x.div(x.mul(x).add(1)).add(timestep / 5000);
}

function largest(values: Float32Array): number {
  return Math.max(...values.map(Math.abs));
}

const cases = await readGolden<TrajectoryRecord>('schedulers');

describe.each(cases)('$name', ({ record, tensors }) => {
  const sampler = () =>
    createSampler(record.sampler, parseSchedulerConfig(record.config), record.steps, { eta: record.eta });

  test("evaluates the model at diffusers' timesteps", () => {
    const { data } = tensors.get('timesteps')!;
    const { timesteps } = sampler();
    expect(timesteps).toHaveLength(data.length);
    // Steps between those of training follow from logarithms, which differ in the last digit.
    const digits = timesteps.every(Number.isInteger) ? 10 : 3;
    for (const [i, timestep] of timesteps.entries()) expect(timestep).toBeCloseTo(data[i]!, digits);
  });

  test("takes diffusers' trajectory", async () => {
    const { data } = tensors.get('trajectory')!;
    const run = sampler();
    const generator = new TorchCpuGenerator(record.seed);
    const count = record.shape.reduce((product, extent) => product * extent, 1);
    const draw = () => tensor(generator.randn(count), { shape: record.shape });
    const start = draw();
    let sample = scope(() =>
      record.first === 0 ? start.mul(run.initNoiseSigma) : run.addNoise(start, draw(), record.first),
    );
    const trajectory = [sample];
    for (let index = record.first; index < run.timesteps.length; index++) {
      const current = sample;
      sample = scope(() => {
        const output = model(run.scaleModelInput(current, index), run.timesteps[index]!);
        return run.step(output, index, current, run.needsNoise ? draw() : undefined);
      });
      trajectory.push(sample);
    }
    // Samples begin with as much noise as sigma says, and f32 rounds that.
    const rounding = 2 ** -22 * largest(data);
    for (const [i, x] of trajectory.entries()) {
      const expected = data.subarray(i * count, (i + 1) * count);
      expectAllClose(await x.data(), expected, {
        rtol: 1e-5,
        atol: Math.max(rounding, 1e-5 * largest(expected)),
        label: `sample ${i}`,
      });
      x.dispose();
    }
    run.dispose();
    start.dispose();
  });
});

describe('alphasCumprod', () => {
  test('of Stable Diffusion', () => {
    const alphas = alphasCumprod(parseSchedulerConfig(SD1));
    const known = {
      0: 0.999149978,
      50: 0.95157665,
      233: 0.701466262,
      500: 0.276332468,
      948: 0.00843402371,
      999: 0.00466009509,
    };
    for (const [t, value] of Object.entries(known)) expect(alphas[Number(t)]).toBeCloseTo(value, 9);
  });
});

describe('createSampler', () => {
  const config = parseSchedulerConfig(SD1);

  test.each([0, 1001, 2.5])('refuses %d steps', (steps) => {
    expect(() => createSampler('euler', config, steps)).toThrow(
      `A sampler takes from 1 to 1000 steps, not ${steps}; change the number of steps.`,
    );
  });

  test('C4: refuses a step that training did not have', () => {
    expect(() => createSampler('ddim', config, 1000)).toThrow(
      '1000 steps from an offset of 1 reach training step 1000 of 1000; take fewer steps.',
    );
  });

  test.each(['leading', 'linspace'])(
    "refuses DPM++ 2M the step that '%s' spacing would repeat",
    (spacing) => {
      const spaced = parseSchedulerConfig({ ...SD1, steps_offset: 0, timestep_spacing: spacing });
      expect(() => createSampler('dpm++2m', spaced, 1000)).toThrow(
        `DPM++ 2M cannot take all 1000 training steps, since '${spacing}' spacing then repeats one; take fewer steps.`,
      );
      const { timesteps } = createSampler('dpm++2m', spaced, 999);
      expect(new Set(timesteps).size).toBe(999);
    },
  );

  test('refuses an eta outside 0 to 1', () => {
    expect(() => createSampler('ddim', config, 10, { eta: 1.5 })).toThrow(
      'eta is 1.5; it must be from 0 to 1.',
    );
  });

  test('refuses to predict the noise where nothing else is left', () => {
    const noise = { ...SD1, rescale_betas_zero_snr: true, timestep_spacing: 'trailing' };
    expect(() => createSampler('ddim', parseSchedulerConfig(noise), 10)).toThrow(
      'At training step 999 the latents are pure noise (rescale_betas_zero_snr), from which a model that ' +
        'predicts noise cannot recover a picture; use another sampler or timestep spacing.',
    );
    const velocity = parseSchedulerConfig({ ...noise, prediction_type: 'v_prediction' });
    expect(createSampler('ddim', velocity, 10).timesteps[0]).toBe(999);
  });
});
