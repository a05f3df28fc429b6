import { HubError } from './errors.ts';
import { describeFile, type HubRevision } from './hubFile.ts';

/** Folders of a Stable Diffusion pipeline that hold weights. */
const MODELS = ['unet', 'vae', 'text_encoder'];
/** Folders of which every text file is needed. */
const TEXTS = ['tokenizer', 'scheduler'];
/** Folders that pipelines with another text encoding or denoiser have besides. */
const FOREIGN = ['text_encoder_2', 'text_encoder_3', 'transformer', 'prior', 'controlnet'];
/** diffusers' name of a weight file, and transformers'. */
const WEIGHT_NAMES = ['diffusion_pytorch_model', 'model'];
/** What is taken where a user asks for no variant: half the size, and enough. */
const PREFERRED_VARIANT = 'fp16';

/**
 * Chooses the files of a repository that Stable Diffusion 1 or 2 is loaded from: configurations, tokenizer and
 * safetensors weights, whole or sharded, of one variant for each model.
 *
 * @param paths every file of the repository
 * @param variant such as `fp16`, or `none` for files without one; by default `fp16`, or none if a model has no
 *   such files
 * @throws HubError `unsupported` saying what the repository holds instead
 */
export function pipelineFiles(place: HubRevision, paths: readonly string[], variant?: string): string[] {
  const folders = new Set(paths.flatMap((path) => path.split('/').slice(0, -1).slice(0, 1)));
  const foreign = FOREIGN.filter((folder) => folders.has(folder));
  if (foreign.length > 0)
    throw unsupported(place, `holds a pipeline with ${foreign.join(', ')}, not Stable Diffusion 1 or 2`);
  if (!paths.includes('model_index.json')) throw unsupported(place, noIndex(paths));
  const missing = [...MODELS, ...TEXTS].filter((folder) => !folders.has(folder));
  if (missing.length > 0)
    throw unsupported(place, `is not a complete Stable Diffusion pipeline: it has no ${missing.join(', ')}`);
  const texts = paths.filter((path) => TEXTS.some((folder) => isTextIn(folder, path)));
  const models = MODELS.flatMap((folder) => modelFiles(place, folder, paths, variant));
  return ['model_index.json', ...texts, ...models];
}

function isTextIn(folder: string, path: string): boolean {
  return path.startsWith(`${folder}/`) && /^[^/]+\.(?:json|txt)$/.test(path.slice(folder.length + 1));
}

function modelFiles(
  place: HubRevision,
  folder: string,
  paths: readonly string[],
  variant: string | undefined,
): string[] {
  const names = paths
    .filter((path) => path.startsWith(`${folder}/`))
    .map((path) => path.slice(folder.length + 1));
  for (const suffix of suffixes(variant)) {
    const weights = weightFiles(names, suffix);
    if (weights.length > 0) return ['config.json', ...weights].map((name) => `${folder}/${name}`);
  }
  throw unsupported(place, noWeights(folder, names, variant));
}

function suffixes(variant: string | undefined): string[] {
  if (variant === undefined) return [`.${PREFERRED_VARIANT}`, ''];
  return [variant === 'none' ? '' : `.${variant}`];
}

/** One file, or an index with its shards; none if the folder has no weights of the variant. */
function weightFiles(names: readonly string[], suffix: string): string[] {
  for (const name of WEIGHT_NAMES) {
    const whole = `${name}${suffix}.safetensors`;
    if (names.includes(whole)) return [whole];
    const index = `${name}.safetensors.index${suffix}.json`;
    if (!names.includes(index)) continue;
    const start = `${name}${suffix}-`;
    const isShard = (file: string) =>
      file.startsWith(start) && /^\d+-of-\d+\.safetensors$/.test(file.slice(start.length));
    return [index, ...names.filter(isShard)];
  }
  return [];
}

function noIndex(paths: readonly string[]): string {
  const single = paths.find((path) => /^[^/]+\.safetensors$/.test(path));
  const found =
    single === undefined ? '' : `; download ${single} by itself, a single file can be loaded, too`;
  return `is not in the diffusers layout: it has no model_index.json${found}`;
}

function noWeights(folder: string, names: readonly string[], variant: string | undefined): string {
  const others = names.filter((name) => name.endsWith('.safetensors'));
  if (others.length > 0)
    return `has no weights of the variant '${variant ?? PREFERRED_VARIANT}' in ${folder}, but ${others.join(', ')}; choose another variant`;
  const pickles = names.filter((name) => /\.(?:bin|ckpt|pt|pth)$/.test(name));
  const found =
    pickles.length > 0 ? `, only ${pickles.join(', ')}, which could run code when they are read` : '';
  return `has no safetensors files in ${folder}${found}; choose a revision that has them (often refs/pr/1), or convert them`;
}

function unsupported(place: HubRevision, problem: string): HubError {
  return new HubError('unsupported', `${describeFile(place)} ${problem}.`);
}
