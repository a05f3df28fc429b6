import { randomUUID } from 'node:crypto';
import { cp, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type ComponentName, formatPythonJson, matchWeights, type WeightSource } from '@lusd/sd-models';
import { openSafetensors, type SafetensorsFile } from '@lusd/tensor';
import { exists, isFolder, writeWholeFile } from '../files.ts';
import { CliError } from '../ui/errors.ts';
import {
  buildModel,
  COMPONENTS,
  describeUnexpected,
  openWeights,
  type StoredModel,
  type StoredWeights,
} from './models.ts';
import { readConverted, type StoredDType } from './readConverted.ts';
import { writeTensorStream } from './tensorStream.ts';

export interface ConvertOptions {
  /** A diffusers folder or a single file. */
  readonly source: string;
  /** The folder to make. */
  readonly output: string;
  readonly dtype: StoredDType;
  /** For a single file: where its tokenizer is, and its configurations where they are. */
  readonly configFolder: string;
  /** Called before the first tensor and after each. */
  readonly onProgress: (done: number, total: number) => void;
}

const MODEL_INDEX = {
  _class_name: 'StableDiffusionPipeline',
  scheduler: ['diffusers', 'DDIMScheduler'],
  text_encoder: ['transformers', 'CLIPTextModel'],
  tokenizer: ['transformers', 'CLIPTokenizer'],
  unet: ['diffusers', 'UNet2DConditionModel'],
  vae: ['diffusers', 'AutoencoderKL'],
  safety_checker: [null, null],
  feature_extractor: [null, null],
};

const WEIGHT_FILES: Readonly<Record<ComponentName, string>> = {
  unet: 'diffusion_pytorch_model.safetensors',
  vae: 'diffusion_pytorch_model.safetensors',
  text_encoder: 'model.safetensors',
};

/**
 * Writes a diffusers folder, tensor by tensor. It appears under its name only when it is whole.
 * @throws CliError where the output exists; CheckpointError, CliError where the source is no whole Stable Diffusion
 */
export async function convertWeights(options: ConvertOptions): Promise<void> {
  const { source, output, configFolder } = options;
  if ((await exists(output)) && !(await isEmptyFolder(output)))
    throw new CliError(`${output} exists; name a folder that does not`);
  const tokenizer = join(configFolder, 'tokenizer');
  if (!(await isFolder(tokenizer)))
    throw new CliError(
      `there is no tokenizer in ${configFolder}; name a diffusers folder with --config-folder`,
    );
  const weights = await openWeights(source, configFolder);
  const scheduler = await weights.scheduler();
  const models = await completeModels(source, weights);

  const temporary = `${output}.${randomUUID()}.tmp`;
  try {
    await writeModels(temporary, models, options);
    await cp(tokenizer, join(temporary, 'tokenizer'), { recursive: true, dereference: true });
    await writeScheduler(temporary, scheduler);
    await writeJson(join(temporary, 'model_index.json'), MODEL_INDEX);
    await rm(output, { recursive: true, force: true });
    await rename(temporary, output);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
}

async function writeModels(
  folder: string,
  models: ReadonlyMap<ComponentName, StoredModel>,
  { dtype, onProgress }: ConvertOptions,
): Promise<void> {
  const total = [...models.values()].reduce((count, { checkpoint }) => count + checkpoint.size, 0);
  let done = 0;
  onProgress(done, total);
  await using files = new OpenFiles();
  for (const [name, { checkpoint, config }] of models) {
    await mkdir(join(folder, name), { recursive: true });
    await writeJson(join(folder, name, 'config.json'), config);
    const tensors = [...checkpoint].map(([key, source]) => ({
      name: key,
      dtype,
      shape: source.shape,
      read: async () => readConverted(await files.get(source), key, source, dtype),
    }));
    await writeTensorStream(join(folder, name, WEIGHT_FILES[name]), tensors, () => onProgress(++done, total));
  }
}

/**
 * The components, each complete, so that what is written can be loaded.
 * @throws CheckpointError, CliError saying what is missing or does not belong
 */
async function completeModels(
  source: string,
  { model, unexpected }: StoredWeights,
): Promise<Map<ComponentName, StoredModel>> {
  if (unexpected.length > 0) throw new CliError(describeUnexpected(source, unexpected));
  const models = new Map<ComponentName, StoredModel>();
  for (const name of COMPONENTS) {
    const stored = await model(name);
    matchWeights(buildModel(name, stored), stored.checkpoint);
    models.set(name, stored);
  }
  return models;
}

async function writeScheduler(folder: string, scheduler: unknown): Promise<void> {
  await mkdir(join(folder, 'scheduler'));
  await writeJson(join(folder, 'scheduler', 'scheduler_config.json'), scheduler);
}

async function writeJson(path: string, value: unknown): Promise<void> {
  await writeWholeFile(path, `${formatPythonJson(value)}\n`);
}

async function isEmptyFolder(path: string): Promise<boolean> {
  return (await isFolder(path)) && (await readdir(path)).length === 0;
}

/** The files that weights are read from, each opened once. */
class OpenFiles {
  private readonly files = new Map<string, SafetensorsFile>();

  async get({ file: path }: WeightSource): Promise<SafetensorsFile> {
    const file = this.files.get(path) ?? (await openSafetensors(path));
    this.files.set(path, file);
    return file;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const file of this.files.values()) await file.close();
  }
}
