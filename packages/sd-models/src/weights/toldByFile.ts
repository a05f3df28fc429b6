import { CheckpointError } from '../checkpointError.ts';
import { readText, stemOf } from '../files/modelFiles.ts';
import { isObject, type JsonObject } from '../json.ts';
import type { PredictionType } from '../schedulers/noiseConfig.ts';
import type { TensorFile } from './weightSource.ts';

/** What a single file, or the `.yaml` next to it, specifies about the noise schedule of its training. */
export interface ToldSchedule {
  /** Null if it is not specified. */
  readonly predictionType: PredictionType | null;
  /** Other fields of a diffusers `scheduler_config.json`. */
  readonly fields: JsonObject;
}

/** Names of the prediction in LDM's configurations and in a file's metadata. */
const PREDICTIONS: Readonly<Record<string, PredictionType>> = {
  v: 'v_prediction',
  v_prediction: 'v_prediction',
  eps: 'epsilon',
  epsilon: 'epsilon',
};

/**
 * Reads how a model was trained, from the first of these that exists: empty tensors called `v_pred` and
 * `ztsnr`; a LDM configuration of the same name next to the file; the header's `modelspec.prediction_type`.
 *
 * @throws CheckpointError if the configuration cannot be read, or names a prediction that is not supported
 */
export async function toldByFile({ file, tensors, metadata }: TensorFile): Promise<ToldSchedule> {
  const zeroSnr = tensors.has('ztsnr') ? { rescale_betas_zero_snr: true } : {};
  if (tensors.has('v_pred')) return { predictionType: 'v_prediction', fields: zeroSnr };
  const yaml = await file.beside(`${stemOf(file)}.yaml`);
  if (yaml) {
    const params = await ldmParams(await readText(yaml), yaml.name);
    const predictionType = predictionNamed(
      params.parameterization ?? 'eps',
      `${yaml.name}: parameterization`,
    );
    return { predictionType, fields: { ...zeroSnr, ...scheduleFields(params) } };
  }
  const named = metadata.get('modelspec.prediction_type');
  const predictionType =
    named === undefined ? null : predictionNamed(named, `${file.name}: modelspec.prediction_type`);
  return { predictionType, fields: zeroSnr };
}

function predictionNamed(value: unknown, place: string): PredictionType {
  const type = typeof value === 'string' ? PREDICTIONS[value] : undefined;
  if (type) return type;
  throw new CheckpointError(
    `${place} is ${JSON.stringify(value)}; only models that predict noise (eps) or velocity (v) are supported.`,
  );
}

/** The `model.params` of an LDM configuration. */
async function ldmParams(text: string, name: string): Promise<JsonObject> {
  // Few checkpoints come with YAML, so a page loads its parser only for those.
  const { parse } = await import('yaml');
  let config: unknown;
  try {
    config = parse(text);
  } catch (cause) {
    throw new CheckpointError(`${name} is not valid YAML; correct it, or move it to another folder.`, {
      cause,
    });
  }
  const model = isObject(config) ? config.model : undefined;
  const params = isObject(model) ? model.params : undefined;
  return isObject(params) ? params : {};
}

/** LDM's names of a noise schedule's fields, and diffusers'. LDM's 'linear' is diffusers' 'scaled_linear'. */
function scheduleFields({ linear_start, linear_end, timesteps }: JsonObject): JsonObject {
  return {
    ...(typeof linear_start === 'number' && { beta_start: linear_start }),
    ...(typeof linear_end === 'number' && { beta_end: linear_end }),
    ...(typeof timesteps === 'number' && { num_train_timesteps: timesteps }),
  };
}
