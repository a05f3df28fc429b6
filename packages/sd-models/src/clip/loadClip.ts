import { readJson } from '../json.ts';
import { findModelFiles, indexWeights, isFolder } from '../weights/diffusersFolder.ts';
import { loadWeights, type ModelLoadOptions, resolveDtype } from '../weights/load.ts';
import { clipCheckpoint } from '../weights/originalClip.ts';
import { readTensorTable } from '../weights/tensorTable.ts';
import { type Checkpoint, storedCheckpoint } from '../weights/weightSource.ts';
import { ClipModel } from './clip.ts';
import { type ClipConfig, parseClipConfig } from './config.ts';

export interface ClipOptions extends ModelLoadOptions {
  /** The weights' file variant in a folder, such as `fp16`. Default: full precision, else `fp16`. */
  readonly variant?: string;
}

/**
 * Loads CLIP on the current device: a folder with `config.json` and its weights, whole or sharded, or a single
 * `.safetensors` file, which must be ViT-B/32's. Either may have transformers' names or the original CLIP's.
 *
 * @throws CheckpointError or SafetensorsError naming the file and what is wrong with it
 */
export async function loadClip(path: string, { variant, ...options }: ClipOptions = {}): Promise<ClipModel> {
  const { config, stored } = (await isFolder(path))
    ? await readFolder(path, variant)
    : await readSingle(path);
  const model = new ClipModel(config);
  const checkpoint = clipCheckpoint(stored);
  await loadWeights(model, checkpoint, { dtype: resolveDtype(options, [checkpoint]) });
  return model;
}

interface StoredClip {
  readonly config: ClipConfig;
  readonly stored: Checkpoint;
}

async function readFolder(folder: string, variant: string | undefined): Promise<StoredClip> {
  const files = await findModelFiles(folder, variant);
  const config = parseClipConfig(await readJson(files.config), files.config);
  return { config, stored: await indexWeights(files, readTensorTable) };
}

/** The defaults of a configuration are ViT-B/32's. */
async function readSingle(path: string): Promise<StoredClip> {
  const stored = storedCheckpoint({ path, tensors: await readTensorTable(path) });
  return { config: parseClipConfig({}), stored };
}
