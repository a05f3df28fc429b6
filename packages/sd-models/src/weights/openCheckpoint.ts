import { CheckpointError } from '../checkpointError.ts';
import {
  type ModelFile,
  type ModelFolder,
  readJson,
  readJsonIfThere,
  stemOf,
  subfolder,
} from '../files/modelFiles.ts';
import type { PredictionType } from '../schedulers/noiseConfig.ts';
import type { Cleaning } from '../tokenizer/clean.ts';
import { Checkpoint, isCheckpointFault, type PartOutcomes } from './checkpoint.ts';
import { checkpointNotes } from './checkpointNotes.ts';
import { textEncoderWeights } from './clipText.ts';
import {
  type StoredComponent,
  schedulerComponent,
  textEncoderComponent,
  unetComponent,
  vaeComponent,
} from './component.ts';
import {
  type ComponentName,
  findWeightFilesIfThere,
  readModelIndex,
  readStoredModel,
} from './diffusersFolder.ts';
import { findTokenizer } from './findTokenizer.ts';
import { findVae } from './findVae.ts';
import {
  inferClipTextConfig,
  inferSampleSize,
  inferSchedulerConfig,
  inferUnetConfig,
  isStableDiffusionSized,
} from './inferConfig.ts';
import { requireStableDiffusionFile, requireStableDiffusionFolder } from './otherModel.ts';
import { type SingleFileParts, splitSingleFile } from './singleFile.ts';
import { readTensorFile } from './tensorFile.ts';
import { toldByFile } from './toldByFile.ts';
import type { StateDict, TensorFile } from './weightSource.ts';

/** How the parts of a checkpoint are found and read. */
export interface CheckpointOptions {
  /** The weights' file variant in a diffusers folder, such as `fp16`. Default: full precision, else `fp16`. */
  readonly variant?: string;
  /**
   * A diffusers folder of the same architecture, for a single file that needs one: its configurations and its tokenizer
   * are taken where it has them. Default: the folder that the file lies in, if it has a `tokenizer`.
   */
  readonly configFolder?: ModelFolder;
  /** A VAE in place of the checkpoint's: its folder, a pipeline's folder, or a file with LDM's or diffusers' names. */
  readonly vae?: ModelFolder | ModelFile;
  /** What the UNet predicts, if the checkpoint does not specify it, or is wrong. */
  readonly predictionType?: PredictionType;
  /** How prompts are cleaned. Default 'slow', as the released Stable Diffusion programs. */
  readonly cleaning?: Cleaning;
}

/**
 * Opens Stable Diffusion 1 or 2: a diffusers folder (whole or sharded, any variant), or a single `.safetensors` file
 * with LDM names, which needs nothing else: configurations follow from its weights' shapes by Stable Diffusion's
 * conventions, and CLIP's vocabulary is part of this package. Of weights only names and shapes are read.
 *
 * @throws CheckpointError naming what it is if it is something else
 * @throws SafetensorsError if the single file is damaged
 */
export async function openCheckpoint(
  source: ModelFolder | ModelFile,
  options: CheckpointOptions = {},
): Promise<Checkpoint> {
  return source.kind === 'folder' ? openFolder(source, options) : openFile(source, options);
}

async function openFolder(folder: ModelFolder, options: CheckpointOptions): Promise<Checkpoint> {
  await requireStableDiffusionFolder(folder);
  const notes: string[] = [];
  const index = await readModelIndex(folder);
  const stored = async (
    name: ComponentName,
    classes: readonly string[],
    rename: (stored: StateDict) => StateDict,
  ): Promise<StoredComponent> => {
    requireClass(folder, name, index.get(name)?.[1], classes);
    const { config, configName, stored: tensors } = await readStoredModel(folder, name, options.variant);
    return { json: config, configName, stateDict: rename(tensors), isInferred: false };
  };
  const schedulerFile = 'scheduler/scheduler_config.json';
  const parts: PartOutcomes = {
    unet: await outcome(async () => {
      const unet = await stored('unet', ['UNet2DConditionModel'], (tensors) => tensors);
      return unetComponent(withSampleSize(unet, notes));
    }),
    vae: await outcome(async () => {
      if (!options.vae) requireClass(folder, 'vae', index.get('vae')?.[1], ['AutoencoderKL']);
      return vaeComponent(await findVae(options.vae ?? subfolder(folder, 'vae'), options.variant));
    }),
    text_encoder: await outcome(async () => {
      const classes = ['CLIPTextModel', 'CLIPTextModelWithProjection'];
      return textEncoderComponent(await stored('text_encoder', classes, textEncoderWeights));
    }),
    scheduler: await outcome(async () =>
      schedulerComponent(
        withPrediction(await readJson(folder, schedulerFile), options),
        `${folder.name}/${schedulerFile}`,
      ),
    ),
    tokenizer: await outcome(() => findTokenizer([subfolder(folder, 'tokenizer')], null, options.cleaning)),
  };
  return new Checkpoint(folder.name, parts, [...notes, ...checkpointNotes(parts)]);
}

async function openFile(path: ModelFile, options: CheckpointOptions): Promise<Checkpoint> {
  const file = await readTensorFile(path);
  requireStableDiffusionFile(file);
  const notes: string[] = [];
  const split = splitSingleFile(file);
  requireKnown(file, split, notes);
  const told = await toldByFile(file);
  const configFolder = options.configFolder ?? (await neighbouringFolder(path));
  const configured = async (name: ComponentName, infer: () => Readonly<Record<string, unknown>>) => {
    const json = configFolder && (await readJsonIfThere(configFolder, `${name}/config.json`));
    if (json) return { json, configName: `${configFolder.name}/${name}/config.json`, isInferred: false };
    return { json: infer(), configName: `the configuration inferred from ${path.name}`, isInferred: true };
  };
  const { unet, textEncoder, textEncoderKind } = split;
  const predictionType = options.predictionType ?? told.predictionType;
  const assumed = textEncoderKind === 'clip' ? 'epsilon' : 'v_prediction';
  const parts: PartOutcomes = {
    unet: await outcome(async () => {
      const config = await configured('unet', () => ({
        ...inferUnetConfig(unet),
        sample_size: inferSampleSize(textEncoderKind, predictionType ?? assumed),
      }));
      return unetComponent(withSampleSize({ ...config, stateDict: unet }, notes));
    }),
    vae: await outcome(async () => {
      const vae = await findFileVae(path, split, configFolder, options, notes);
      return vaeComponent(vae);
    }),
    text_encoder: await outcome(async () => {
      const config = await configured('text_encoder', () =>
        inferClipTextConfig(textEncoder, textEncoderKind),
      );
      return textEncoderComponent({ ...config, stateDict: textEncoder });
    }),
    scheduler: await outcome(async () => {
      const name = 'scheduler/scheduler_config.json';
      const json = configFolder && (await readJsonIfThere(configFolder, name));
      if (json) return schedulerComponent(withPrediction(json, options), `${configFolder.name}/${name}`);
      if (predictionType === null && textEncoderKind === 'openClip') notes.push(assumedVelocity(path));
      const inferred = inferSchedulerConfig(predictionType ?? assumed, told.fields);
      return schedulerComponent(inferred, `the noise schedule inferred from ${path.name}`);
    }),
    tokenizer: await outcome(() => {
      const places = configFolder ? [subfolder(configFolder, 'tokenizer'), configFolder] : [];
      return findTokenizer(places, textEncoderKind === 'clip' ? 'sd1' : 'sd2', options.cleaning);
    }),
  };
  return new Checkpoint(path.name, parts, [...notes, ...checkpointNotes(parts)]);
}

async function outcome<T>(open: () => Promise<T>): Promise<{ value: T } | { error: Error }> {
  try {
    return { value: await open() };
  } catch (error) {
    if (error instanceof Error && isCheckpointFault(error)) return { error };
    throw error;
  }
}

function requireClass(
  folder: ModelFolder,
  component: ComponentName,
  found: string | undefined,
  wanted: readonly string[],
): void {
  if (found !== undefined && wanted.includes(found)) return;
  throw new CheckpointError(
    `${folder.name}/model_index.json names ${found ?? 'nothing'} as its ${component}; only ${wanted.join(' and ')} ${wanted.length > 1 ? 'are' : 'is'} supported.`,
  );
}

/** Listed of many names. */
const LISTED = 5;

function requireKnown(file: TensorFile, { unexpected, unused }: SingleFileParts, notes: string[]): void {
  if (unexpected.length > 0) {
    throw new CheckpointError(
      `${file.file.name} holds ${listed(unexpected)} which belong to no known component; it is not a plain Stable Diffusion checkpoint.`,
    );
  }
  if (unused.length > 0) notes.push(`${file.file.name} holds ${listed(unused)}, which are not needed.`);
}

function listed(names: readonly string[]): string {
  const more = names.length > LISTED ? `, ... (${names.length} in all)` : '';
  return `the tensor${names.length > 1 ? 's' : ''} ${names.slice(0, LISTED).join(', ')}${more}`;
}

/** The folder that a file lies in, where it has a tokenizer, as a repository with a single file has. */
async function neighbouringFolder(file: ModelFile): Promise<ModelFolder | undefined> {
  const { folder } = file;
  if (!folder) return undefined;
  const places = ['tokenizer/vocab.json', 'tokenizer/tokenizer.json'];
  for (const place of places) if (await folder.find(place)) return folder;
  return undefined;
}

/**
 * A single file's VAE: the one asked for, the one next to it, its own, or that of the folder with its configurations.
 */
async function findFileVae(
  path: ModelFile,
  { vae }: SingleFileParts,
  configFolder: ModelFolder | undefined,
  { vae: wanted, variant }: CheckpointOptions,
  notes: string[],
): Promise<StoredComponent> {
  if (wanted) return findVae(wanted, variant);
  const beside = await path.beside(`${stemOf(path)}.vae.safetensors`);
  if (beside) {
    notes.push(`The VAE of ${beside.name}, which is next to the checkpoint, is used.`);
    return findVae(beside);
  }
  if (vae.size > 0) return findVae({ stateDict: vae, name: path.name, configFolder });
  const configured = configFolder && subfolder(configFolder, 'vae');
  if (configured && (await findWeightFilesIfThere(configured, variant))) {
    notes.push(`${path.name} has no VAE; that of ${configured.name} is used.`);
    return findVae(configured, variant);
  }
  throw new CheckpointError(
    `${path.name} has no VAE; give one, such as Stable Diffusion 1.5's own folder or a file of sd-vae-ft-mse, with --vae, or put it next to the checkpoint as ${stemOf(path)}.vae.safetensors.`,
  );
}

function withPrediction(
  json: Readonly<Record<string, unknown>>,
  { predictionType }: CheckpointOptions,
): Readonly<Record<string, unknown>> {
  return predictionType === undefined ? json : { ...json, prediction_type: predictionType };
}

function assumedVelocity({ name }: ModelFile): string {
  return `${name} does not say whether its model predicts noise or velocity; velocity is assumed, as for Stable Diffusion 2 at 768 pixels. If the pictures are noise, pass --prediction-type epsilon (Stable Diffusion 2 base, 512 pixels).`;
}

/** Latent side of Stable Diffusion at 512 pixels. */
const SD_SAMPLE_SIZE = 64;

/**
 * Conversions of late 2022 wrote the 32 of LDM's configuration, which nothing reads there; diffusers corrects it too.
 */
function withSampleSize(unet: StoredComponent, notes: string[]): StoredComponent {
  const { sample_size } = unet.json;
  const isTooSmall = typeof sample_size === 'number' && sample_size < SD_SAMPLE_SIZE;
  if (!isTooSmall || !isStableDiffusionSized(unet.json)) return unet;
  notes.push(
    `${unet.configName} has sample_size ${sample_size}, an error of old conversions; Stable Diffusion's ${SD_SAMPLE_SIZE} (512 pixels) is used.`,
  );
  return { ...unet, json: { ...unet.json, sample_size: SD_SAMPLE_SIZE } };
}
