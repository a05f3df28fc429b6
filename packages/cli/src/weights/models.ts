import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  AutoencoderKL,
  type Checkpoint,
  ClipTextModel,
  type ComponentName,
  findModelFiles,
  indexComponent,
  inferClipTextConfig,
  inferSchedulerConfig,
  inferUnetConfig,
  inferVaeConfig,
  parseClipTextConfig,
  parseJson,
  parseUNetConfig,
  parseVaeConfig,
  readTensorTable,
  splitSingleFile,
  UNet2DConditionModel,
} from '@lusd/sd-models';
import type { Module } from '@lusd/tensor';
import { exists, isFolder, reason } from '../files.ts';
import { CliError } from '../ui/errors.ts';

export const COMPONENTS = ['unet', 'vae', 'text_encoder'] as const satisfies readonly ComponentName[];

/** A component's weights and the configuration file that goes with them. */
export interface StoredModel {
  readonly checkpoint: Checkpoint;
  /** The contents of its `config.json`: read, or inferred from the weights' shapes. */
  readonly config: unknown;
  /** Where the configuration comes from, for messages. */
  readonly configSource: string;
}

/** The module that a component's configuration describes, without weights. */
export function buildModel(name: ComponentName, { config, configSource }: StoredModel): Module {
  if (name === 'unet') return new UNet2DConditionModel(parseUNetConfig(config, configSource));
  if (name === 'vae') return new AutoencoderKL(parseVaeConfig(config, configSource));
  return new ClipTextModel(parseClipTextConfig(config, configSource));
}

/** A diffusers folder or a single file; of its weights nothing is read but names and shapes. */
export interface StoredWeights {
  /** @throws CheckpointError where the component is missing or is another */
  model(name: ComponentName): Promise<StoredModel>;
  /** The noise schedule's configuration. @throws Error where it is missing and cannot be known without */
  scheduler(): Promise<unknown>;
  /** Names in a single file that belong to no component. */
  readonly unexpected: readonly string[];
}

const SCHEDULER_FILE = join('scheduler', 'scheduler_config.json');

/**
 * Opens a diffusers folder or a single file.
 * @param configFolder for a single file: where configurations are taken from that it does not hold
 * @throws CliError where there is nothing; CheckpointError for a file without a component
 */
export async function openWeights(path: string, configFolder = dirname(path)): Promise<StoredWeights> {
  if (!(await exists(path)))
    throw new CliError(`${path} does not exist; name a diffusers folder or a .safetensors file`);
  if (!(await isFolder(path))) return openFile(path, configFolder);
  return {
    model: (name) => folderModel(path, name),
    scheduler: () => readJson(join(path, SCHEDULER_FILE)),
    unexpected: [],
  };
}

async function folderModel(folder: string, name: ComponentName): Promise<StoredModel> {
  const files = await findModelFiles(join(folder, name));
  const checkpoint = await indexComponent(name, files, readTensorTable);
  return { checkpoint, config: await readJson(files.config), configSource: files.config };
}

async function openFile(path: string, configFolder: string): Promise<StoredWeights> {
  const file = splitSingleFile({ path, tensors: await readTensorTable(path) });
  const parts = { unet: file.unet, vae: file.vae, text_encoder: file.textEncoder };
  const infer = {
    unet: () => ({ _class_name: 'UNet2DConditionModel', ...inferUnetConfig(parts.unet) }),
    vae: () => ({ _class_name: 'AutoencoderKL', ...inferVaeConfig(parts.vae) }),
    text_encoder: () => ({
      architectures: ['CLIPTextModel'],
      model_type: 'clip_text_model',
      ...inferClipTextConfig(parts.text_encoder, file.textEncoderKind),
    }),
  };
  const model = async (name: ComponentName): Promise<StoredModel> => {
    const checkpoint = parts[name];
    const configPath = join(configFolder, name, 'config.json');
    if (await exists(configPath))
      return { checkpoint, config: await readJson(configPath), configSource: configPath };
    return { checkpoint, config: infer[name](), configSource: `the configuration inferred from ${path}` };
  };
  const scheduler = async (): Promise<unknown> => {
    const schedulerPath = join(configFolder, SCHEDULER_FILE);
    if (await exists(schedulerPath)) return readJson(schedulerPath);
    return inferSchedulerConfig(file.textEncoderKind, path, configFolder);
  };
  return { model, scheduler, unexpected: file.unexpected };
}

export function describeUnexpected(path: string, names: readonly string[]): string {
  return `${path} holds ${names.length} tensors of no known component, such as ${names[0]}; it is not a plain Stable Diffusion checkpoint`;
}

/** @throws Error naming the file where it cannot be read; CheckpointError where it is no JSON */
export async function readJson(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new Error(`${path} cannot be read: ${reason(cause)}`, { cause });
  });
  return parseJson(text, path);
}
