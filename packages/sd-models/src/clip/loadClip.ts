import { currentDevice } from '@lusd/tensor';
import { CheckpointError } from '../checkpointError.ts';
import { type ModelFile, type ModelFolder, readJson } from '../files/modelFiles.ts';
import { findWeightFiles, indexWeights } from '../weights/diffusersFolder.ts';
import { loadWeights, type ModelLoadOptions, resolveDtype } from '../weights/load.ts';
import { clipStateDict } from '../weights/originalClip.ts';
import { readTensorFile } from '../weights/tensorFile.ts';
import { type StateDict, storedTensors } from '../weights/weightSource.ts';
import { ClipModel } from './clip.ts';
import { type ClipConfig, parseClipConfig } from './config.ts';

/** Which weights of CLIP are loaded, and how they are kept. */
export interface ClipOptions extends ModelLoadOptions {
  /** The weights' file variant in a folder, such as `fp16`. Default: full precision, else `fp16`. */
  readonly variant?: string;
  /** Called with a message about each assumption. */
  readonly onNote?: (note: string) => void;
}

/**
 * Loads CLIP: a folder with `config.json` and its weights, whole or sharded, or a single `.safetensors` file, which
 * must be ViT-B/32's. Either may have transformers' names or the original CLIP's.
 *
 * @throws CheckpointError or SafetensorsError naming the file and what is wrong with it
 */
export async function loadClip(
  source: ModelFolder | ModelFile,
  { variant, onNote, ...options }: ClipOptions = {},
): Promise<ClipModel> {
  const { config, stored } =
    source.kind === 'folder' ? await readFolder(source, variant) : await readSingle(source, onNote);
  const model = new ClipModel(config);
  const stateDict = clipStateDict(stored);
  const device = options.device ?? currentDevice();
  const dtype = resolveDtype(options, [stateDict], device);
  await loadWeights(model, stateDict, { dtype, device });
  return model;
}

interface StoredClip {
  readonly config: ClipConfig;
  readonly stored: StateDict;
}

async function readFolder(folder: ModelFolder, variant: string | undefined): Promise<StoredClip> {
  if (await folder.find('model_index.json'))
    throw new CheckpointError(`${folder.name} holds a whole pipeline, not CLIP; give a folder of CLIP only.`);
  const config = parseClipConfig(await readJson(folder, 'config.json'), `${folder.name}/config.json`);
  return { config, stored: await indexWeights(await findWeightFiles(folder, variant)) };
}

/**
 * The defaults of a configuration are OpenAI's ViT-B/32. Other ViT-B/32 (LAION's, DataComp's) have the same names and
 * shapes with the plain GELU, which nothing in a file shows.
 */
async function readSingle(file: ModelFile, onNote?: (note: string) => void): Promise<StoredClip> {
  onNote?.(
    `${file.name} is assumed to be OpenAI's CLIP ViT-B/32, whose activation is the quick GELU; for another one, such as LAION's, give a folder whose config.json has its hidden_act.`,
  );
  return { config: parseClipConfig({}), stored: storedTensors(await readTensorFile(file)) };
}
