import { join } from 'node:path';
import { CheckpointError } from '../checkpointError.ts';
import { type ClipTextConfig, parseClipTextConfig } from '../clip/config.ts';
import { readJson, readJsonIfThere } from '../json.ts';
import { parseSchedulerConfig, type SchedulerConfig } from '../schedulers/config.ts';
import { parseUNetConfig, type UNetConfig } from '../unet/config.ts';
import { parseVaeConfig, type VaeConfig } from '../vae/config.ts';
import {
  type ComponentName,
  findModelFiles,
  indexComponent,
  readModelIndex,
} from '../weights/diffusersFolder.ts';
import {
  inferClipTextConfig,
  inferSchedulerConfig,
  inferUnetConfig,
  inferVaeConfig,
} from '../weights/inferConfig.ts';
import { splitSingleFile } from '../weights/singleFile.ts';
import { readTensorTable } from '../weights/tensorTable.ts';
import type { Checkpoint } from '../weights/weightSource.ts';

/** A model's configuration and where its weights are. */
export interface Component<C> {
  readonly config: C;
  readonly checkpoint: Checkpoint;
}

/** Everything that a pipeline is built from; no weight has been read yet. */
export interface PipelineComponents {
  readonly unet: Component<UNetConfig>;
  readonly vae: Component<VaeConfig>;
  readonly textEncoder: Component<ClipTextConfig>;
  readonly scheduler: SchedulerConfig;
  readonly tokenizerFolder: string;
}

/** Listed of many unexpected names. */
const LISTED = 10;

/**
 * Finds the components of a diffusers folder.
 *
 * @param variant the weights' file variant, such as `fp16`
 * @throws CheckpointError naming what is missing, malformed or unsupported
 */
export async function findFolderComponents(folder: string, variant?: string): Promise<PipelineComponents> {
  const index = await readModelIndex(folder);
  requireClass(folder, index, 'unet', 'UNet2DConditionModel');
  requireClass(folder, index, 'vae', 'AutoencoderKL');
  requireClass(folder, index, 'text_encoder', 'CLIPTextModel');
  const component = async <C>(name: ComponentName, parse: (json: unknown, path: string) => C) => {
    const files = await findModelFiles(join(folder, name), variant);
    const config = parse(await readJson(files.config), files.config);
    return { config, checkpoint: await indexComponent(name, files, readTensorTable) };
  };
  const schedulerPath = join(folder, 'scheduler', 'scheduler_config.json');
  return {
    unet: await component('unet', parseUNetConfig),
    vae: await component('vae', parseVaeConfig),
    textEncoder: await component('text_encoder', parseClipTextConfig),
    scheduler: parseSchedulerConfig(await readJson(schedulerPath), schedulerPath),
    tokenizerFolder: join(folder, 'tokenizer'),
  };
}

/**
 * Finds the components in a single file with LDM names.
 *
 * @param configFolder a diffusers folder of the same architecture: its tokenizer is needed; its configurations are
 *   taken where it has them, and otherwise follow from the weights' shapes by Stable Diffusion's conventions; Stable
 *   Diffusion 2 also needs its scheduler's
 * @throws CheckpointError as {@link findFolderComponents}
 */
export async function findFileComponents(path: string, configFolder: string): Promise<PipelineComponents> {
  const file = splitSingleFile({ path, tensors: await readTensorTable(path) });
  if (file.unexpected.length > 0) throw new CheckpointError(unexpectedTensors(path, file.unexpected));
  const configured = async <C>(
    name: string,
    parse: (json: unknown, path: string) => C,
    infer: () => unknown,
  ) => {
    const configPath = join(configFolder, name);
    const json = await readJsonIfThere(configPath);
    return json === undefined
      ? parse(infer(), `the configuration inferred from ${path}`)
      : parse(json, configPath);
  };
  const { unet, vae, textEncoder, textEncoderKind } = file;
  return {
    unet: {
      config: await configured('unet/config.json', parseUNetConfig, () => inferUnetConfig(unet)),
      checkpoint: unet,
    },
    vae: {
      config: await configured('vae/config.json', parseVaeConfig, () => inferVaeConfig(vae)),
      checkpoint: vae,
    },
    textEncoder: {
      config: await configured('text_encoder/config.json', parseClipTextConfig, () =>
        inferClipTextConfig(textEncoder, textEncoderKind),
      ),
      checkpoint: textEncoder,
    },
    scheduler: await configured('scheduler/scheduler_config.json', parseSchedulerConfig, () =>
      inferSchedulerConfig(textEncoderKind, path, configFolder),
    ),
    tokenizerFolder: join(configFolder, 'tokenizer'),
  };
}

function requireClass(
  folder: string,
  index: ReadonlyMap<string, readonly [string, string]>,
  component: ComponentName,
  wanted: string,
): void {
  const found = index.get(component)?.[1];
  if (found === wanted) return;
  throw new CheckpointError(
    `${join(folder, 'model_index.json')} names ${found ?? 'nothing'} as its ${component}; only ${wanted} is supported.`,
  );
}

function unexpectedTensors(path: string, names: readonly string[]): string {
  const listed = names.slice(0, LISTED).join(', ');
  const more = names.length > LISTED ? ` and ${names.length - LISTED} more` : '';
  return `${path} holds tensors of no known component: ${listed}${more}; it is not a plain Stable Diffusion checkpoint.`;
}
