import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CheckpointError } from '../checkpointError.ts';
import { parseJsonObject, readText } from '../json.ts';
import { normaliseAttention } from './attentionNames.ts';
import { normaliseClip } from './clipText.ts';
import { parseShardIndex } from './shardIndex.ts';
import {
  type Checkpoint,
  collectWeights,
  type ReadTensorTable,
  storedCheckpoint,
  type TensorFile,
} from './weightSource.ts';

/** A component's folder in a diffusers pipeline. */
export type ComponentName = 'unet' | 'vae' | 'text_encoder';

/** A model's files, their paths starting with the folder that was searched. */
export interface ModelFiles {
  readonly config: string;
  /** One safetensors file, or every shard. */
  readonly weights: readonly string[];
  /** Tensor name to the path of the shard that holds it; absent where the weights are one file. */
  readonly shardOf?: ReadonlyMap<string, string>;
}

/** diffusers' name of a weight file, and transformers'. */
const WEIGHT_NAMES = ['diffusion_pytorch_model', 'model'];

/**
 * Reads a pipeline's `model_index.json`: component name to [library, class].
 *
 * @throws CheckpointError if the file is missing or not a pipeline's index.
 */
export async function readModelIndex(
  folder: string,
): Promise<ReadonlyMap<string, readonly [string, string]>> {
  const path = join(folder, 'model_index.json');
  const index = parseJsonObject(await readText(path, 'a diffusers folder must have one'), path);
  return new Map(
    Object.entries(index).flatMap(([name, value]) => (isClassPair(value) ? [[name, value]] : [])),
  );
}

function isClassPair(value: unknown): value is readonly [string, string] {
  return Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === 'string');
}

/** Whether a model is a folder rather than a file. @throws CheckpointError where there is nothing at `path` */
export async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (cause) {
    throw new CheckpointError(
      `${path} cannot be read; a model folder or a .safetensors file must be there.`,
      { cause },
    );
  }
}

/**
 * Finds a model's configuration and weight files, whole or sharded.
 *
 * @param path the model's own folder, such as a pipeline's `unet`.
 * @param variant the file variant, such as `fp16`. Without one the full-precision files are taken, or the `fp16`
 *   ones where the folder holds no others.
 * @throws CheckpointError if the folder, its config.json, the variant or a shard is missing.
 */
export async function findModelFiles(path: string, variant?: string): Promise<ModelFiles> {
  const names = await listFolder(path);
  if (!names.has('config.json')) {
    throw new CheckpointError(`${path} has no config.json; download the folder again.`);
  }
  const config = join(path, 'config.json');
  for (const choice of variant === undefined ? ['', '.fp16'] : [`.${variant}`]) {
    for (const name of WEIGHT_NAMES) {
      const whole = `${name}${choice}.safetensors`;
      if (names.has(whole)) return { config, weights: [join(path, whole)] };
      const index = `${name}.safetensors.index${choice}.json`;
      if (names.has(index)) return { config, ...(await findShards(path, index)) };
    }
  }
  throw new CheckpointError(noWeights(path, names, variant));
}

async function findShards(path: string, index: string): Promise<Omit<ModelFiles, 'config'>> {
  const indexPath = join(path, index);
  const weightMap = parseShardIndex(await readText(indexPath, 'download it again'), indexPath);
  const present = new Set(await readdir(path, { recursive: true }));
  const shards = [...new Set(weightMap.values())].sort();
  const missing = shards.filter((shard) => !present.has(join(shard)));
  if (missing.length > 0) {
    throw new CheckpointError(
      `${indexPath} names shards that are missing: ${missing.join(', ')}; download them.`,
    );
  }
  return {
    weights: shards.map((shard) => join(path, shard)),
    shardOf: new Map([...weightMap].map(([tensor, shard]) => [tensor, join(path, shard)])),
  };
}

function noWeights(path: string, names: ReadonlySet<string>, variant: string | undefined): string {
  const wanted =
    variant === undefined ? 'safetensors weights' : `safetensors weights of the variant '${variant}'`;
  const others = [...names].filter((name) => /\.(?:safetensors|bin|ckpt)$/.test(name)).sort();
  const found = others.length > 0 ? `; it has ${others.join(', ')}` : '';
  return `${path} has no ${wanted}${found}; download the safetensors files or choose another variant.`;
}

/**
 * Lists a model's tensors under their stored names.
 *
 * @param readTensorTable reads a safetensors file's header.
 * @throws CheckpointError if a shard lacks a tensor that the index places in it, or two shards hold one.
 */
export async function indexWeights(files: ModelFiles, readTensorTable: ReadTensorTable): Promise<Checkpoint> {
  const shards: TensorFile[] = [];
  for (const path of files.weights) shards.push({ path, tensors: await readTensorTable(path) });
  const misplaced = [...(files.shardOf ?? [])].filter(
    ([tensor, path]) => !shards.some((shard) => shard.path === path && shard.tensors.has(tensor)),
  );
  if (misplaced.length > 0) {
    const list = misplaced.map(([tensor, path]) => `'${tensor}' in ${path}`).join(', ');
    throw new CheckpointError(
      `Tensors are not where the shard index places them: ${list}; download it all again.`,
    );
  }
  return collectWeights(shards.flatMap((shard) => [...storedCheckpoint(shard)]));
}

/**
 * Lists the weights of a pipeline's component under the model's names: old attention names and 1x1 convolutions of
 * the VAE and unprefixed names of the text encoder are brought to their current form.
 *
 * @throws CheckpointError as {@link indexWeights} does, or if a weight is stored under two names.
 */
export async function indexComponent(
  component: ComponentName,
  files: ModelFiles,
  readTensorTable: ReadTensorTable,
): Promise<Checkpoint> {
  const stored = await indexWeights(files, readTensorTable);
  if (component === 'vae') return normaliseAttention(stored);
  return component === 'text_encoder' ? normaliseClip(stored) : stored;
}

async function listFolder(path: string): Promise<ReadonlySet<string>> {
  try {
    return new Set(await readdir(path));
  } catch (cause) {
    throw new CheckpointError(`${path} cannot be read; a model folder must be there.`, {
      cause,
    });
  }
}
