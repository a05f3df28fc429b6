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
  inferUnetConfig,
  inferVaeConfig,
  parseClipTextConfig,
  parseUNetConfig,
  parseVaeConfig,
  readTensorTable,
  splitSingleFile,
  UNet2DConditionModel,
} from '@lusd/sd-models';
import type { Module } from '@lusd/tensor';
import { exists, isFolder } from '../files.ts';
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

/** How to read each component of a diffusers folder or a single file. @throws CliError where there is nothing */
export async function storedModels(
  path: string,
  configFolder = dirname(path),
): Promise<(name: ComponentName) => Promise<StoredModel>> {
  if (!(await exists(path)))
    throw new CliError(`${path} does not exist; name a diffusers folder or a .safetensors file`);
  return (await isFolder(path)) ? (name) => folderModel(path, name) : fileModels(path, configFolder);
}

async function folderModel(folder: string, name: ComponentName): Promise<StoredModel> {
  const files = await findModelFiles(join(folder, name));
  const checkpoint = await indexComponent(name, files, readTensorTable);
  return { checkpoint, config: await readJson(files.config), configSource: files.config };
}

async function fileModels(path: string, configFolder: string) {
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
  return async (name: ComponentName): Promise<StoredModel> => {
    const checkpoint = parts[name];
    const configPath = join(configFolder, name, 'config.json');
    if (await exists(configPath))
      return { checkpoint, config: await readJson(configPath), configSource: configPath };
    return { checkpoint, config: infer[name](), configSource: `the configuration inferred from ${path}` };
  };
}

/** @throws CliError naming the file where it is no JSON */
export async function readJson(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8');
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CliError(`${path} is not valid JSON; download it again`, { cause });
  }
}
