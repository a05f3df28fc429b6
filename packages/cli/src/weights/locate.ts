import { join } from 'node:path';
import { type Checkpoint, openCheckpoint, type PredictionType } from '@lusd/sd-models';
import { diskFolder, findCachedRepository, findSnapshotIn, modelAt } from '@lusd/sd-models/node';
import { exists, isFolder } from '../files.ts';
import { CliError, UsageError } from '../ui/errors.ts';
import { shapesModel } from './bundled.ts';
import { readManifest, requirePulled } from './manifests.ts';

/** Pulled weights that can edit pictures. */
const EDITORS = ['sd15', 'sd15-fp32', 'sd15-single'] as const;

/** The flags that choose the checkpoint. */
export interface CheckpointFlags {
  /** A folder, a file, a name that was pulled, a repository in the hub's cache, or `shapes`, the bundled model. */
  readonly weights: string;
  /** For a single file: the folder of its configurations and tokenizer, if it needs one. */
  readonly configFolder?: string | undefined;
  readonly vae?: string | undefined;
  readonly variant?: string | undefined;
  readonly predictionType?: PredictionType | undefined;
}

/**
 * Opens the checkpoint that a command's flags name; only the headers of its weights are read.
 * @throws CliError, CheckpointError, SafetensorsError naming what is missing or what was found instead
 */
export async function openNamedCheckpoint({
  weights,
  configFolder,
  vae,
  variant,
  predictionType,
}: CheckpointFlags): Promise<Checkpoint> {
  const found = await locateWeights(weights);
  if (variant !== undefined && !(await isFolder(found.path)))
    throw new UsageError(
      `--variant ${variant} chooses among the files of a folder, but ${found.path} is one file`,
    );
  const chosen = variant ?? found.variant;
  return openCheckpoint(await modelAt(found.path), {
    ...(chosen !== undefined && { variant: chosen }),
    ...(configFolder !== undefined && { configFolder: diskFolder(await requireFolder(configFolder)) }),
    ...(vae !== undefined && { vae: await modelAt(vae) }),
    ...(predictionType !== undefined && { predictionType }),
  });
}

/** The location of weights, and the variant of a folder's files. */
interface WeightsLocation {
  readonly path: string;
  readonly variant?: string;
}

/**
 * Finds what `--weights` names.
 * @throws CliError that says how to get what is missing
 */
async function locateWeights(weights: string): Promise<WeightsLocation> {
  if (await exists(weights)) return { path: (await findSnapshotIn(weights)) ?? weights };
  if (weights === 'shapes') return { path: shapesModel() };
  const name = EDITORS.find((editor) => editor === weights);
  if (name) return locatePulled(name);
  if (REPOSITORY.test(weights)) return { path: await requireCached(weights) };
  throw new CliError(
    `there are no weights '${weights}'; give a diffusers folder, a .safetensors file, a repository such as org/name, or one of shapes, ${EDITORS.join(', ')}`,
  );
}

/** A repository of the hub, as `org/name`. */
const REPOSITORY = /^[\w-][\w.-]*\/[\w-][\w.-]*$/;

async function requireCached(repository: string): Promise<string> {
  const folder = await findCachedRepository(repository);
  if (folder !== undefined) return folder;
  throw new CliError(
    `the repository '${repository}' is not on this machine; run \`lusd weights pull ${repository}\``,
  );
}

async function locatePulled(name: (typeof EDITORS)[number]): Promise<WeightsLocation> {
  const folder = await requirePulled(name);
  const { files } = await readManifest(name);
  const single = files.find(({ path }) => !path.includes('/') && path.endsWith('.safetensors'));
  if (single) return { path: join(folder, single.path) };
  const isHalf = files.some(({ path }) => path.endsWith('.fp16.safetensors'));
  return { path: folder, ...(isHalf && { variant: 'fp16' }) };
}

async function requireFolder(path: string): Promise<string> {
  if (await isFolder(path)) return path;
  throw new CliError(
    `--config-folder ${path} is not a folder; give a folder with the model's configurations`,
  );
}
