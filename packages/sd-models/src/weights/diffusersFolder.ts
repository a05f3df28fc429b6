import { CheckpointError } from '../checkpointError.ts';
import { type ModelFile, type ModelFolder, readJson, readText, subfolder } from '../files/modelFiles.ts';
import { parseShardIndex } from './shardIndex.ts';
import { readTensorFile } from './tensorFile.ts';
import { collectWeights, type StateDict, storedTensors, type TensorFile } from './weightSource.ts';

/** A component's folder in a diffusers pipeline. */
export type ComponentName = 'unet' | 'vae' | 'text_encoder';

/** A model's weight files. */
export interface WeightFiles {
  /** One safetensors file, or every shard. */
  readonly files: readonly ModelFile[];
  /** Tensor name to the shard that holds it; absent where the weights are one file. */
  readonly shardOf?: ReadonlyMap<string, ModelFile>;
}

/** diffusers' name of a weight file, and transformers'. */
const WEIGHT_NAMES = ['diffusion_pytorch_model', 'model'];

/**
 * Reads a pipeline's `model_index.json`: component name to [library, class].
 *
 * @throws CheckpointError if the file is missing or not a pipeline's index
 */
export async function readModelIndex(
  folder: ModelFolder,
): Promise<ReadonlyMap<string, readonly [string, string]>> {
  const index = await readJson(folder, 'model_index.json');
  return new Map(
    Object.entries(index).flatMap(([name, value]) => (isClassPair(value) ? [[name, value]] : [])),
  );
}

function isClassPair(value: unknown): value is readonly [string, string] {
  return Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === 'string');
}

/**
 * Finds a model's weight files, whole or sharded.
 *
 * @param folder the model's own folder, such as a pipeline's `unet`
 * @param variant the file variant, such as `fp16`. Without one the full-precision files are taken, or the `fp16`
 *   ones where the folder holds no others.
 * @throws CheckpointError if the variant or a shard is missing
 */
export async function findWeightFiles(folder: ModelFolder, variant?: string): Promise<WeightFiles> {
  const found = await findWeightFilesIfThere(folder, variant);
  if (found) return found;
  throw new CheckpointError(noWeights(folder.name, await folder.list(''), variant));
}

/** As {@link findWeightFiles}; null if there are none. */
export async function findWeightFilesIfThere(
  folder: ModelFolder,
  variant?: string,
): Promise<WeightFiles | null> {
  for (const choice of variant === undefined ? ['', '.fp16'] : [`.${variant}`]) {
    for (const name of WEIGHT_NAMES) {
      const whole = await folder.find(`${name}${choice}.safetensors`);
      if (whole) return { files: [whole] };
      const index = await folder.find(`${name}.safetensors.index${choice}.json`);
      if (index) return findShards(folder, index);
    }
  }
  return null;
}

async function findShards(folder: ModelFolder, index: ModelFile): Promise<WeightFiles> {
  const weightMap = parseShardIndex(await readText(index), index.name);
  const shards = new Map<string, ModelFile>();
  const missing: string[] = [];
  for (const name of [...new Set(weightMap.values())].sort()) {
    const shard = await folder.find(name);
    if (shard) shards.set(name, shard);
    else missing.push(name);
  }
  if (missing.length > 0) {
    throw new CheckpointError(
      `${index.name} lists shards that are missing: ${missing.join(', ')}; download them.`,
    );
  }
  const shardOf = [...weightMap].flatMap(([tensor, name]) => {
    const shard = shards.get(name);
    return shard ? [[tensor, shard] as const] : [];
  });
  return { files: [...shards.values()], shardOf: new Map(shardOf) };
}

function noWeights(folder: string, names: readonly string[], variant: string | undefined): string {
  const wanted =
    variant === undefined ? 'safetensors weights' : `safetensors weights of the variant '${variant}'`;
  const others = names.filter((name) => /\.(?:safetensors|bin|ckpt)$/.test(name)).sort();
  const found = others.length > 0 ? `; it has ${others.join(', ')}` : '';
  return `${folder} has no ${wanted}${found}; download the safetensors files or choose another variant.`;
}

/**
 * Lists a model's tensors under their stored names.
 *
 * @throws CheckpointError if a shard lacks a tensor that the index places in it, or two shards hold one
 */
export async function indexWeights({ files, shardOf }: WeightFiles): Promise<StateDict> {
  const shards: TensorFile[] = [];
  for (const file of files) shards.push(await readTensorFile(file));
  const misplaced = [...(shardOf ?? [])].filter(
    ([tensor, file]) => !shards.some((shard) => shard.file === file && shard.tensors.has(tensor)),
  );
  if (misplaced.length > 0) {
    const list = misplaced.map(([tensor, file]) => `'${tensor}' in ${file.name}`).join(', ');
    throw new CheckpointError(
      `Tensors are not where the shard index places them: ${list}; download it all again.`,
    );
  }
  return collectWeights(shards.flatMap((shard) => [...storedTensors(shard)]));
}

/** A model of a diffusers folder: its configuration and its tensors under their stored names. */
export interface StoredModel {
  readonly config: Readonly<Record<string, unknown>>;
  /** Where the configuration comes from, for messages. */
  readonly configName: string;
  readonly stored: StateDict;
}

/**
 * Reads a model's `config.json` and the headers of its weights.
 *
 * @param name the model's folder in the pipeline's
 * @throws CheckpointError naming what is missing or damaged
 */
export async function readStoredModel(
  folder: ModelFolder,
  name: string,
  variant?: string,
): Promise<StoredModel> {
  const model = subfolder(folder, name);
  return {
    config: await readJson(model, 'config.json'),
    configName: `${model.name}/config.json`,
    stored: await indexWeights(await findWeightFiles(model, variant)),
  };
}
