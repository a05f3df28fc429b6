import { extname } from 'node:path';
import { exists, isFolder } from '../files.ts';
import { CliError } from '../ui/errors.ts';
import { type ManifestName, requirePulled } from '../weights/manifests.ts';

/** A flag that says where a model's weights are. */
export interface WeightsFlag {
  readonly flag: string;
  /** The name that may stand for what was pulled; null: there is none. */
  readonly pulled: ManifestName | null;
  /** The model, for messages. */
  readonly what: string;
}

/**
 * Finds what a flag of `lusd eval` names: a folder or a file of weights, or the name of what was pulled.
 * @throws CliError naming what was found instead, or how to get what is missing
 */
export async function locateModel(
  weights: string | undefined,
  { flag, pulled, what }: WeightsFlag,
): Promise<string> {
  if (weights === undefined)
    throw new CliError(
      `a metric needs ${what}; give its .safetensors file with ${flag}, or leave the metric out with --metrics`,
    );
  if (await exists(weights)) {
    if ((await isFolder(weights)) || extname(weights) === '.safetensors') return weights;
    throw new CliError(
      `${weights} is not a .safetensors file; give a folder or a .safetensors file of ${what}`,
    );
  }
  if (pulled !== null && weights === pulled) return requirePulled(pulled);
  throw new CliError(
    `there are no weights '${weights}'; give a folder or a .safetensors file of ${what}${pulled === null ? '' : `, or ${pulled}`}`,
  );
}
