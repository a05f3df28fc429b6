import * as v from 'valibot';
import { CheckpointError } from '../checkpointError.ts';
import { isObject, type JsonObject } from '../json.ts';
import { Count, only, parseConfig } from '../parseConfig.ts';
import { BETA_SCHEDULES, type ModelledNoise, type NoiseConfig } from './noiseConfig.ts';
import { parseSamplingConfig, type SamplingConfig } from './samplerFields.ts';

/** A diffusers `scheduler_config.json`: how the model was trained, and how its samplers should sample. */
export interface SchedulerConfig extends ModelledNoise, SamplingConfig {}

const Beta = v.pipe(
  v.number('must be a number'),
  v.minValue(0, 'must be from 0 to 1'),
  v.maxValue(1, 'must be from 0 to 1'),
);

const BETA_SCHEDULE_NAMES = BETA_SCHEDULES.join(', ');

const schema = v.object({
  num_train_timesteps: v.nullish(Count, 1000),
  beta_start: v.nullish(Beta),
  beta_end: v.nullish(Beta),
  beta_schedule: v.nullish(v.picklist(BETA_SCHEDULES, `only ${BETA_SCHEDULE_NAMES} are supported`)),
  trained_betas: v.nullish(v.array(Beta, 'must be a list of numbers'), null),
  rescale_betas_zero_snr: v.nullish(v.boolean('must be true or false'), false),
  prediction_type: only('epsilon', 'v_prediction'),
});

type Json = v.InferOutput<typeof schema>;
type Betas = Pick<NoiseConfig, 'betaStart' | 'betaEnd' | 'betaSchedule'>;

/** diffusers' defaults for betas that a file does not give. */
const DEFAULT_BETAS: Betas = { betaStart: 0.0001, betaEnd: 0.02, betaSchedule: 'linear' };
const K_DIFFUSION_BETAS: Betas = { betaStart: 0.00085, betaEnd: 0.012, betaSchedule: 'linear' };

/** Which classes of diffusers have betas, by the beginnings of their names. */
const CLASS_BETAS: readonly (readonly [classes: RegExp, betas: Betas])[] = [
  [/^(?:LCM|TCD)Scheduler/, { ...K_DIFFUSION_BETAS, betaSchedule: 'scaled_linear' }],
  [/^(?:Heun|KDPM2|DPMSolverSDE)/, K_DIFFUSION_BETAS],
  [/^(?:DDIM|DDPM(?!Wuerstchen)|DEIS|DPMSolver|Euler|LMS|PNDM|RePaint|SASolver|UniPC)/, DEFAULT_BETAS],
];

/**
 * Fields with which a scheduler's noise does not follow its betas: the value that leaves it alone, and what else it is.
 */
const OTHER_NOISE: Readonly<Record<string, readonly [harmless: unknown, what: string]>> = {
  use_flow_sigmas: [false, 'is for flow matching'],
  snr_shift_scale: [1, 'shifts the noise schedule, as of CogVideoX'],
};

/**
 * Reads a diffusers `scheduler_config.json` of any class. Like diffusers' `from_config`, any sampler takes the
 * configuration of any other. What says how the model was trained (betas, training steps, prediction type) must be
 * understood; what concerns sampling alone never refuses a file (see {@link SamplingConfig.ignored}).
 *
 * @param config the parsed file
 * @param path the file's path, for messages
 * @throws CheckpointError naming a field that is malformed, or what says that the model is of another kind
 */
export function parseSchedulerConfig(
  config: unknown,
  path = 'scheduler/scheduler_config.json',
): SchedulerConfig {
  const fields = isObject(config) ? config : {};
  requireBetaNoise(fields, path);
  const json = parseConfig(schema, config, path);
  return {
    numTrainTimesteps: json.num_train_timesteps,
    ...betasOf(json, fields, path),
    trainedBetas: trainedBetas(json, path),
    rescaleBetasZeroSnr: json.rescale_betas_zero_snr,
    predictionType: json.prediction_type,
    ...parseSamplingConfig(fields),
  };
}

/** @throws CheckpointError for flow matching and other models whose noise is not that of a list of betas */
function requireBetaNoise(fields: JsonObject, path: string): void {
  const name = className(fields);
  if (/Flow|RF/.test(name) || fields.prediction_type === 'flow_prediction') {
    throw new CheckpointError(
      `${path} is of a model trained by flow matching (${name || 'flow_prediction'}); use a Stable Diffusion 1 or 2 model, which is trained on a schedule of betas.`,
    );
  }
  for (const [field, [harmless, what]] of Object.entries(OTHER_NOISE)) {
    const value = fields[field] ?? harmless;
    if (value === harmless) continue;
    throw new CheckpointError(
      `${path}: ${field} is ${JSON.stringify(value)}, which ${what}; use a Stable Diffusion 1 or 2 model, which is trained on a schedule of betas.`,
    );
  }
}

/** @throws CheckpointError if neither the file nor its class gives betas */
function betasOf(json: Json, fields: JsonObject, path: string): Betas {
  const name = className(fields);
  const ofClass = CLASS_BETAS.find(([classes]) => classes.test(name))?.[1];
  const given = [json.beta_start, json.beta_end, json.beta_schedule, json.trained_betas];
  if (!ofClass && given.every((value) => value === undefined || value === null)) {
    throw new CheckpointError(
      `${path} gives no betas${name && `, and ${name} has none`}; use the scheduler_config.json of a Stable Diffusion 1 or 2 model.`,
    );
  }
  const defaults = ofClass ?? DEFAULT_BETAS;
  return {
    betaStart: json.beta_start ?? defaults.betaStart,
    betaEnd: json.beta_end ?? defaults.betaEnd,
    betaSchedule: json.beta_schedule ?? defaults.betaSchedule,
  };
}

/** @throws CheckpointError if they are not one for each training step */
function trainedBetas({ trained_betas: betas, num_train_timesteps: count }: Json, path: string) {
  if (betas === null || betas.length === count) return betas;
  throw new CheckpointError(
    `${path}: trained_betas has ${betas.length} values and num_train_timesteps is ${count}; they must agree.`,
  );
}

function className({ _class_name: name }: JsonObject): string {
  return typeof name === 'string' ? name : '';
}
