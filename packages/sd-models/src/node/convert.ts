import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { openSafetensors, type SafetensorsFile } from '@lusd/tensor';
import { CheckpointError } from '../checkpointError.ts';
import type { ModelFile } from '../files/modelFiles.ts';
import type { JsonObject } from '../json.ts';
import { formatPythonJson } from '../pythonJson.ts';
import { type Checkpoint, COMPONENT_NAMES } from '../weights/checkpoint.ts';
import type { ComponentName } from '../weights/diffusersFolder.ts';
import { readConverted, type StoredDType } from './readConverted.ts';
import { writeTensorStream } from './tensorStream.ts';
import { writeWholeFile } from './writeFile.ts';

/** What a converted checkpoint is stored as. */
export interface ConvertOptions {
  /** What the weights are stored as. Default F16. */
  readonly dtype?: StoredDType;
  /** Called before the first tensor and after each. */
  readonly onProgress?: (done: number, total: number) => void;
}

const WEIGHT_FILES: Readonly<Record<ComponentName, string>> = {
  unet: 'diffusion_pytorch_model.safetensors',
  vae: 'diffusion_pytorch_model.safetensors',
  text_encoder: 'model.safetensors',
};

/**
 * Writes a checkpoint as a diffusers folder that diffusers and this package load, tensor by tensor. It gets its final
 * name only when it is complete.
 *
 * @param output the folder to make; it must not exist, or be empty
 * @throws CheckpointError or SafetensorsError if the output exists, or the checkpoint cannot be loaded
 */
export async function convertCheckpoint(
  checkpoint: Checkpoint,
  output: string,
  { dtype = 'F16', onProgress = () => {} }: ConvertOptions = {},
): Promise<void> {
  await isEmptyFolder(output);
  // What is written must be loadable.
  const [problem] = checkpoint.problems();
  if (problem) throw problem.error;

  const temporary = `${output}.${randomUUID()}.tmp`;
  try {
    await writeModels(temporary, checkpoint, dtype, onProgress);
    await writeTokenizer(join(temporary, 'tokenizer'), checkpoint);
    await writeJson(join(temporary, 'scheduler'), 'scheduler_config.json', checkpoint.scheduler.json);
    await writeJson(temporary, 'model_index.json', modelIndex(checkpoint));
    // Whatever was put there meanwhile stays.
    if (await isEmptyFolder(output)) await rmdir(output);
    await rename(temporary, output);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
}

/**
 * Whether `output` is an empty folder, and not missing.
 * @throws CheckpointError if it is anything else
 */
async function isEmptyFolder(output: string): Promise<boolean> {
  const stats = await stat(output).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (stats === null) return false;
  if (stats.isDirectory() && (await readdir(output)).length === 0) return true;
  throw new CheckpointError(`${output} exists; choose another folder.`);
}

async function writeModels(
  folder: string,
  checkpoint: Checkpoint,
  dtype: StoredDType,
  onProgress: (done: number, total: number) => void,
): Promise<void> {
  const components = COMPONENT_NAMES.map((name) => ({ name, ...partOf(checkpoint, name) }));
  const total = components.reduce((count, { stateDict }) => count + stateDict.size, 0);
  let done = 0;
  onProgress(done, total);
  await using files = new OpenFiles();
  for (const { name, json, stateDict } of components) {
    await writeJson(join(folder, name), 'config.json', json);
    const tensors = [...stateDict].map(([key, source]) => ({
      name: key,
      dtype,
      shape: source.shape,
      read: async () => readConverted(await files.get(source.file), key, source, dtype),
    }));
    await writeTensorStream(join(folder, name, WEIGHT_FILES[name]), tensors, () => onProgress(++done, total));
  }
}

function partOf(checkpoint: Checkpoint, name: ComponentName) {
  const { json, stateDict } = checkpoint.part(name);
  return { json: name === 'vae' ? withLevels(json, checkpoint) : json, stateDict };
}

/** diffusers builds a VAE from the types of its levels, of which its own defaults name one. */
function withLevels(json: JsonObject, { vae }: Checkpoint): JsonObject {
  const { blockOutChannels, scalingFactor } = vae.config;
  return {
    down_block_types: blockOutChannels.map(() => 'DownEncoderBlock2D'),
    up_block_types: blockOutChannels.map(() => 'UpDecoderBlock2D'),
    scaling_factor: scalingFactor,
    ...json,
  };
}

/** The classes that diffusers builds the pipeline from. */
function modelIndex({ scheduler }: Checkpoint): JsonObject {
  return {
    _class_name: 'StableDiffusionPipeline',
    scheduler: ['diffusers', scheduler.json._class_name ?? 'DDIMScheduler'],
    text_encoder: ['transformers', 'CLIPTextModel'],
    tokenizer: ['transformers', 'CLIPTokenizer'],
    unet: ['diffusers', 'UNet2DConditionModel'],
    vae: ['diffusers', 'AutoencoderKL'],
    safety_checker: [null, null],
    feature_extractor: [null, null],
    image_encoder: [null, null],
    requires_safety_checker: false,
  };
}

async function writeTokenizer(folder: string, { tokenizer }: Checkpoint): Promise<void> {
  await mkdir(folder);
  for (const [name, text] of await tokenizer.files()) await writeWholeFile(join(folder, name), text);
}

async function writeJson(folder: string, name: string, value: unknown): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeWholeFile(join(folder, name), `${formatPythonJson(value)}\n`);
}

/** The files that weights are read from, each opened once. */
class OpenFiles {
  private readonly files = new Map<ModelFile, SafetensorsFile>();

  async get(file: ModelFile): Promise<SafetensorsFile> {
    const opened = this.files.get(file) ?? (await openSafetensors(file.source));
    this.files.set(file, opened);
    return opened;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const file of this.files.values()) await file.close();
  }
}
