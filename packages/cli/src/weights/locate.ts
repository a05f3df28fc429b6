import { dirname, join } from 'node:path';
import { exists, isFolder } from '../files.ts';
import { CliError, UsageError } from '../ui/errors.ts';
import { shapesModel } from './bundled.ts';
import { findPulled, readManifest, requirePulled } from './manifests.ts';
import { requireStableDiffusion } from './requireStableDiffusion.ts';

/** What can be pulled and edits pictures. */
const EDITORS = ['sd15', 'sd15-fp32', 'sd15-single'] as const;

/** What `StableDiffusion.load` is called with. */
export interface WeightsLocation {
  /** A diffusers folder or a single file. */
  readonly path: string;
  readonly variant?: string;
  /** For a single file: where its tokenizer is. */
  readonly configFolder?: string;
}

/**
 * Finds what `--weights` names: a folder, a file, a name that was pulled, or `shapes`, the model that ships.
 * @param variant of a folder's weight files, such as `fp16`
 * @throws CliError saying how to get what is missing; UsageError for a variant of what has none
 */
export async function locateWeights(
  weights: string,
  configFolder?: string,
  variant?: string,
): Promise<WeightsLocation> {
  const location = await findWeights(weights, configFolder);
  if (variant === undefined || variant === location.variant) return location;
  if (location.variant === undefined && (await isFolder(location.path))) return { ...location, variant };
  throw new UsageError(
    `--variant ${variant} chooses among the files of a folder, but ${weights} has one variant only`,
  );
}

async function findWeights(weights: string, configFolder?: string): Promise<WeightsLocation> {
  if (await exists(weights)) {
    await requireStableDiffusion(weights);
    if (await isFolder(weights)) return { path: weights };
    return { path: weights, configFolder: configFolder ?? (await findConfigFolder(weights)) };
  }
  if (weights === 'shapes') return { path: shapesModel() };
  const name = EDITORS.find((editor) => editor === weights);
  if (name) return locatePulled(name);
  throw new CliError(
    `there are no weights '${weights}'; name a diffusers folder, a .safetensors file, or one of shapes, ${EDITORS.join(', ')}`,
  );
}

async function locatePulled(name: (typeof EDITORS)[number]): Promise<WeightsLocation> {
  const folder = await requirePulled(name);
  const { files } = await readManifest(name);
  const single = files.find(({ path }) => !path.includes('/') && path.endsWith('.safetensors'));
  if (single) return { path: join(folder, single.path), configFolder: folder };
  const isHalf = files.some(({ path }) => path.endsWith('.fp16.safetensors'));
  return { path: folder, ...(isHalf && { variant: 'fp16' }) };
}

/** A single file has no tokenizer: the one beside it, else that of Stable Diffusion 1.5, where it was pulled. */
async function findConfigFolder(file: string): Promise<string> {
  if (await isFolder(join(dirname(file), 'tokenizer'))) return dirname(file);
  for (const name of EDITORS) {
    const folder = await findPulled(await readManifest(name));
    if (folder) return folder;
  }
  throw new CliError(
    `${file} is a single file, which holds no tokenizer; name a diffusers folder that has one with --config-folder, or run \`lusd weights pull sd15\``,
  );
}
