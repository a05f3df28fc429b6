import * as v from 'valibot';
import { Count, only, parseConfig } from '../parseConfig.ts';

/** What the model's output is: the noise, or v = sqrt(abar) noise - sqrt(1 - abar) x0. */
export type PredictionType = 'epsilon' | 'v_prediction';

/** How the steps of sampling lie among those of training; table 2 of arXiv 2305.08891. */
export type TimestepSpacing = 'leading' | 'trailing' | 'linspace';

/** The fields of `scheduler_config.json` that the samplers here share; defaults are diffusers'. */
export interface SchedulerConfig {
  readonly numTrainTimesteps: number;
  readonly betaStart: number;
  readonly betaEnd: number;
  readonly betaSchedule: 'linear' | 'scaled_linear';
  readonly predictionType: PredictionType;
  /** Null: each sampler has its own default. */
  readonly timestepSpacing: TimestepSpacing | null;
  /** Added to the training steps of 'leading' spacing. */
  readonly stepsOffset: number;
  /** DDIM: abar after the last step is 1, else abar[0]. */
  readonly setAlphaToOne: boolean;
  /** DDIM: limits the predicted x0 to [-range, range]; null for no limit. */
  readonly clipSampleRange: number | null;
}

const NUMBER = v.number('must be a number');
const BOOLEAN = v.boolean('must be true or false');

const variable = {
  num_train_timesteps: v.optional(Count, 1000),
  beta_start: v.optional(NUMBER, 0.0001),
  beta_end: v.optional(NUMBER, 0.02),
  beta_schedule: only('linear', 'scaled_linear'),
  prediction_type: only('epsilon', 'v_prediction'),
  timestep_spacing: v.nullish(
    v.picklist(['leading', 'trailing', 'linspace'], 'must be leading, trailing or linspace'),
    null,
  ),
  steps_offset: v.optional(
    v.pipe(NUMBER, v.integer('must be an integer'), v.minValue(0, 'must not be negative')),
    0,
  ),
  set_alpha_to_one: v.optional(BOOLEAN, true),
  clip_sample: v.optional(BOOLEAN, true),
  clip_sample_range: v.optional(NUMBER, 1),
};

/** The fields that would change the result and of which one value is implemented. */
const fixed = {
  trained_betas: only(null),
  thresholding: only(false),
  rescale_betas_zero_snr: only(false),
  use_karras_sigmas: only(false, null),
  use_exponential_sigmas: only(false, null),
  use_beta_sigmas: only(false, null),
  use_lu_lambdas: only(false, null),
  use_flow_sigmas: only(false, null),
  interpolation_type: only('linear'),
  timestep_type: only('discrete'),
  final_sigmas_type: only('zero'),
  algorithm_type: only('dpmsolver++'),
  solver_order: only(2),
  solver_type: only('midpoint'),
  variance_type: only(null),
};

const schema = v.object({ ...variable, ...fixed });

/**
 * Reads a diffusers `scheduler_config.json`. Like diffusers' `from_config`, any sampler takes the configuration of
 * any other: a field that no sampler here knows is ignored, one that is absent takes the sampler's default.
 *
 * @param config the parsed file
 * @param path the file's path, for messages
 * @throws CheckpointError naming a field that is malformed or asks for something unsupported
 */
export function parseSchedulerConfig(
  config: unknown,
  path = 'scheduler/scheduler_config.json',
): SchedulerConfig {
  const json = parseConfig(schema, config, path);
  return {
    numTrainTimesteps: json.num_train_timesteps,
    betaStart: json.beta_start,
    betaEnd: json.beta_end,
    betaSchedule: json.beta_schedule,
    predictionType: json.prediction_type,
    timestepSpacing: json.timestep_spacing,
    stepsOffset: json.steps_offset,
    setAlphaToOne: json.set_alpha_to_one,
    clipSampleRange: json.clip_sample ? json.clip_sample_range : null,
  };
}
