import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parsePythonJson } from '../../src/pythonJson.ts';
import { parseSchedulerConfig } from '../../src/schedulers/config.ts';
import { alphasCumprod } from '../../src/schedulers/noiseSchedule.ts';
import { unfollowedFields } from '../../src/schedulers/samplerFields.ts';
import { readGolden } from '../support/golden.ts';

const BETAS = { beta_start: 0.00085, beta_end: 0.012, beta_schedule: 'scaled_linear' };

interface ClassRow {
  readonly class: string;
  /** The file that the class saves: of Stable Diffusion's configuration, and of its own defaults. */
  readonly saved: string;
  readonly default: string;
  /** Some of its `alphas_cumprod`, by timestep; null for a class without. */
  readonly saved_abar: Readonly<Record<string, number>> | null;
  readonly default_abar: Readonly<Record<string, number>> | null;
}

const classesFile = new URL('../golden/scheduler_classes.json', import.meta.url);
const classes = JSON.parse(readFileSync(classesFile, 'utf8')) as ClassRow[];
const [withBetas, withoutBetas] = [true, false].map((has) =>
  classes.filter((row) => (row.saved_abar !== null && !row.class.startsWith('CogVideoX')) === has),
) as [ClassRow[], ClassRow[]];

function expectAbar(config: unknown, expected: ClassRow['saved_abar']): void {
  const abar = alphasCumprod(parseSchedulerConfig(config));
  for (const [t, value] of Object.entries(expected ?? {})) expect(abar[Number(t)]).toBeCloseTo(value, 7);
}

describe("B02: diffusers' schedulers of any class", () => {
  test('are many', () => {
    expect(withBetas.length).toBeGreaterThan(20);
    expect(withoutBetas.length).toBeGreaterThan(10);
  });

  test.each(withBetas)('$class: what it saves is read', (row) => {
    expectAbar(parsePythonJson(row.saved), row.saved_abar);
    expectAbar(parsePythonJson(row.default), row.default_abar);
    expectAbar({ _class_name: row.class }, row.default_abar);
  });

  test.each(withoutBetas)('$class, which has no such betas, is refused', (row) => {
    expect(() => parseSchedulerConfig(parsePythonJson(row.default))).toThrow(
      /gives no betas|flow matching|snr_shift_scale|prediction_type is "trigflow"/,
    );
    expect(() => parseSchedulerConfig({ _class_name: row.class })).toThrow(/gives no betas|flow matching/);
  });
});

describe('the noise schedule', async () => {
  test.each(await readGolden<{ config: unknown }>('noise_schedules'))(
    'is that of torch: $name',
    ({ name, record, tensors }) => {
      const expected = tensors.get('alphas_cumprod')!.data;
      const actual = alphasCumprod(parseSchedulerConfig(record.config));
      expect(actual).toHaveLength(expected.length);
      const isExact = ['linear', 'scaled_linear', 'trained_betas'].includes(name);
      // Quotients, cosines and exponentials differ in the last digit.
      for (const [t, value] of actual.entries()) {
        expect(Math.abs(value - expected[t]!)).toBeLessThanOrEqual(isExact ? 0 : 1e-5 * expected[t]!);
      }
    },
  );

  test.each([
    [
      { beta_schedule: 'cosine' },
      /beta_schedule is "cosine"; only linear, scaled_linear, squaredcos_cap_v2,/,
    ],
    [
      { prediction_type: 'sample' },
      /prediction_type is "sample"; only "epsilon" or "v_prediction" is supported/,
    ],
    [{ beta_end: 12 }, /beta_end is 12; must be from 0 to 1/],
    [{ beta_start: '0.00085' }, /beta_start is "0.00085"; must be a number/],
    [{ num_train_timesteps: 0 }, /num_train_timesteps is 0; must be a positive integer/],
    [
      { trained_betas: [0.1, 0.2] },
      /trained_betas has 2 values and num_train_timesteps is 1000; they must agree/,
    ],
    [{ trained_betas: 'none' }, /trained_betas is "none"; must be a list of numbers/],
    [{ rescale_betas_zero_snr: 'yes' }, /rescale_betas_zero_snr is "yes"; must be true or false/],
    [
      { prediction_type: 'flow_prediction' },
      /trained by flow matching \(flow_prediction\); use a Stable Diffusion/,
    ],
    [
      { use_flow_sigmas: true },
      /use_flow_sigmas is true, which is for flow matching; use a Stable Diffusion/,
    ],
    [{ snr_shift_scale: 3 }, /snr_shift_scale is 3, which shifts the noise schedule, as of CogVideoX; use/],
    [
      { _class_name: 'FlowMatchEulerDiscreteScheduler' },
      /of a model trained by flow matching \(FlowMatchEulerDiscreteScheduler\); use a Stable Diffusion 1 or 2 model/,
    ],
  ])('is not guessed: %j is refused', (fields, message) => {
    expect(() => parseSchedulerConfig({ ...BETAS, ...fields })).toThrow(message);
  });

  test.each([
    [
      {},
      'scheduler/scheduler_config.json gives no betas; use the scheduler_config.json of a Stable Diffusion 1 or',
    ],
    [{ _class_name: 'EDMEulerScheduler' }, 'gives no betas, and EDMEulerScheduler has none; use the'],
    [[], 'scheduler_config.json is not a JSON object'],
  ])('is not guessed: %j alone is refused', (config, message) => {
    expect(() => parseSchedulerConfig(config)).toThrow(message);
  });
});

describe('B02: fields of sampling', () => {
  test.each([
    [
      {
        _class_name: 'DEISMultistepScheduler',
        algorithm_type: 'deis',
        solver_type: 'logrho',
        solver_order: 2,
      },
      [],
    ],
    [
      { _class_name: 'UniPCMultistepScheduler', solver_type: 'bh2', predict_x0: true, disable_corrector: [] },
      [],
    ],
    [{ _class_name: 'DDPMScheduler', variance_type: 'fixed_small' }, []],
    [{ use_karras_sigmas: true, final_sigmas_type: 'sigma_min' }, []],
    [{ use_karras_sigmas: null, lambda_min_clipped: Number.NEGATIVE_INFINITY, thresholding: null }, []],
    [{ algorithm_type: 'sde-dpmsolver++' }, ['algorithm_type of dpm++2m']],
    [{ solver_type: 'heun', solver_order: 3 }, ['solver_order of dpm++2m', 'solver_type of dpm++2m']],
    [{ use_beta_sigmas: true }, ['use_beta_sigmas of euler, dpm++2m']],
    [{ thresholding: true }, ['thresholding of ddim, dpm++2m']],
    [
      { lambda_min_clipped: -5.1, use_lu_lambdas: true },
      ['use_lu_lambdas of dpm++2m', 'lambda_min_clipped of dpm++2m'],
    ],
    [{ timestep_spacing: 'even' }, ['timestep_spacing of ddim, euler, dpm++2m']],
    [{ steps_offset: -1 }, ['steps_offset of ddim, euler, dpm++2m']],
    [{ clip_sample: 'yes', sigma_min: 0 }, ['clip_sample of ddim', 'sigma_min of euler, dpm++2m']],
    [
      { timestep_type: 'continuous', interpolation_type: 'log_linear' },
      ['interpolation_type of euler', 'timestep_type of euler'],
    ],
  ])('%j never refuse a model; those that a sampler does not follow are named', (fields, ignored) => {
    const config = parseSchedulerConfig({ ...BETAS, ...fields });
    expect(config.ignored.map(({ field, samplers }) => `${field} of ${samplers.join(', ')}`)).toEqual(
      ignored,
    );
  });

  test('concern the samplers that would read them', () => {
    const config = parseSchedulerConfig({ ...BETAS, algorithm_type: 'sde-dpmsolver++', thresholding: true });
    const fields = (sampler: 'ddim' | 'euler' | 'dpm++2m') =>
      unfollowedFields(config, sampler).map(({ field, value }) => [field, value]);
    expect(fields('euler')).toEqual([]);
    expect(fields('ddim')).toEqual([['thresholding', true]]);
    expect(fields('dpm++2m')).toEqual([
      ['thresholding', true],
      ['algorithm_type', 'sde-dpmsolver++'],
    ]);
  });
});

describe('B29: where a file is silent of DDIM', () => {
  test.each([
    'EulerAncestralDiscreteScheduler',
    'DPMSolverMultistepScheduler',
    'UniPCMultistepScheduler',
    undefined,
  ])('the defaults are those of Stable Diffusion, not of diffusers: %s', (_class_name) => {
    expect(parseSchedulerConfig({ _class_name, ...BETAS })).toMatchObject({
      clipSampleRange: null,
      stepsOffset: 1,
      setAlphaToOne: false,
    });
  });

  test('what it says is followed', () => {
    const said = { clip_sample: true, clip_sample_range: 4, steps_offset: 0, set_alpha_to_one: true };
    expect(parseSchedulerConfig({ ...BETAS, ...said })).toMatchObject({
      clipSampleRange: 4,
      stepsOffset: 0,
      setAlphaToOne: true,
    });
  });
});
