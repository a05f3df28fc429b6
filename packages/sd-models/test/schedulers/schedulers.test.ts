import { scope, type Tensor, TorchCpuGenerator, tensor } from '@lusd/tensor';
import { describe, expect, test } from 'vitest';
import { expectAllClose } from '../../../tensor/test/support/allClose.ts';
import { parseSchedulerConfig } from '../../src/schedulers/config.ts';
import { alphasCumprod } from '../../src/schedulers/noiseSchedule.ts';
import { createSampler, type SamplerName } from '../../src/schedulers/sampler.ts';
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

const cases = await readGolden<TrajectoryRecord>('schedulers');

describe.each(cases)('$name', ({ record, tensors }) => {
  const sampler = () =>
    createSampler(record.sampler, parseSchedulerConfig(record.config), record.steps, { eta: record.eta });

  test("evaluates the model at diffusers' timesteps", () => {
    const { data } = tensors.get('timesteps')!;
    expect(sampler().timesteps.map(Math.fround)).toEqual([...data]);
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
    for (const [i, x] of trajectory.entries()) {
      const expected = data.subarray(i * count, (i + 1) * count);
      expectAllClose(await x.data(), expected, { rtol: 1e-5, label: `sample ${i}` });
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

  const stored = cases.filter(({ tensors }) => tensors.has('alphas_cumprod'));
  test.each(stored)("equals torch's running product bit for bit: $name", ({ record, tensors }) => {
    expect(alphasCumprod(parseSchedulerConfig(record.config))).toEqual(tensors.get('alphas_cumprod')!.data);
  });
});

describe('parseSchedulerConfig', () => {
  test.each([
    [{ thresholding: true }, /thresholding is true; only false is supported/],
    [{ use_karras_sigmas: true }, /use_karras_sigmas is true; only false or null is supported/],
    [
      { beta_schedule: 'squaredcos_cap_v2' },
      /beta_schedule is "squaredcos_cap_v2"; only "linear" or "scaled_linear"/,
    ],
    [{ prediction_type: 'sample' }, /only "epsilon" or "v_prediction" is supported/],
    [{ timestep_spacing: 'even' }, /timestep_spacing is "even"; must be leading, trailing or linspace/],
    [{ steps_offset: -1 }, /steps_offset is -1; must not be negative/],
    [[], /scheduler_config\.json is not a JSON object/],
  ])('refuses %j', (config, message) => {
    expect(() => parseSchedulerConfig(config)).toThrow(message);
  });
});

describe('createSampler', () => {
  const config = parseSchedulerConfig(SD1);

  test.each([0, 1001, 2.5])('refuses %d steps', (steps) => {
    expect(() => createSampler('euler', config, steps)).toThrow(
      `A sampler takes from 1 to 1000 steps, not ${steps}; change the number of steps.`,
    );
  });

  test('refuses a step that training did not have', () => {
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
});
