import {
  batchedEmbedder,
  ClipEmbedder,
  dinoClassTokens,
  dinoSelfSimilarity,
  lpipsDistance,
  type MetricModels,
  type ModelName,
  type OutputStore,
  type PictureTextModel,
} from '@lusd/lusd/metrics';
import {
  type Cleaning,
  type ClipModel,
  clipPixels,
  clipStretchedPixels,
  type DinoModel,
  loadClip,
  loadClipTokenizer,
  loadDino,
  loadLpips,
  type ModelFile,
  type ModelLoadOptions,
} from '@lusd/sd-models';
import { diskFolder, modelAt } from '@lusd/sd-models/node';
import { currentDevice } from '@lusd/tensor';
import type { DTypeName } from '../options/modelCommand.ts';
import { dtypeLogger, withDevice } from '../pipeline.ts';
import { CliError } from '../ui/errors.ts';
import type { Log } from '../ui/log.ts';
import type { Torchmetrics } from './benchmarks/benchmark.ts';
import type { EmbeddingCache } from './embeddingCache.ts';
import { locateTokenizer } from './locateTokenizer.ts';
import type { ModelFlags, PlannedModel } from './modelPlan.ts';

export interface LoadFlags extends ModelFlags {
  readonly dtype: DTypeName;
  readonly adapter: string;
  readonly batchSize: number;
  /** What white is before DINO's mean is taken, for the structure distance. */
  readonly structureWhite: '255' | '1';
  /** Whose resizing the structure distance has. */
  readonly torchvision: '0.13' | '0.17';
  /** Whose LPIPS is computed. */
  readonly torchmetrics: Torchmetrics;
}

/** How models are loaded. */
export interface LoadOptions {
  readonly flags: LoadFlags;
  /** Keeps embeddings for later evaluations; null: they are not kept. */
  readonly embeddings: EmbeddingCache | null;
  readonly log: Log;
}

/**
 * Opens the device, loads the models, runs `body` with them and frees the device with all that is on it. Without models
 * there is no device.
 * @param body gets the device's name, or null
 */
export async function withModels<T>(
  planned: readonly PlannedModel[],
  options: LoadOptions,
  body: (models: Partial<MetricModels>, device: string | null) => Promise<T>,
): Promise<T> {
  if (planned.length === 0) return body({}, null);
  return withDevice(options.flags, options.log, async () => {
    const loader = new ModelLoader(options);
    let models: Partial<MetricModels> = {};
    for (const model of planned) models = { ...models, [model.name]: await loader.load(model.name, model) };
    return body(models, currentDevice().facts.name);
  });
}

type Loaders = { readonly [Name in ModelName]: (model: PlannedModel) => Promise<MetricModels[Name]> };

class ModelLoader {
  /** CLIPs by their path: one may have two preparations of pictures. */
  private readonly clips = new Map<string, Promise<ClipModel>>();

  private readonly flags: LoadFlags;
  private readonly embeddings: EmbeddingCache | null;
  private readonly log: Log;

  constructor({ flags, embeddings, log }: LoadOptions) {
    this.flags = flags;
    this.embeddings = embeddings;
    this.log = log;
  }

  load<Name extends ModelName>(name: Name, model: PlannedModel): Promise<MetricModels[Name]> {
    return this.loaders[name](model);
  }

  private readonly loaders: Loaders = {
    clipB32: (planned) => this.embedder(planned, 'original', clipPixels),
    // torchmetrics takes transformers' tokenizer, which cleans less.
    clipL14: (planned) => this.embedder(planned, 'fast', clipPixels),
    clipL14Square: (planned) => this.embedder(planned, 'original', clipStretchedPixels),
    dinoS16: async (planned) => {
      const model = await this.dino(planned.path);
      return dinoClassTokens(model, this.flags.batchSize, this.storeOf(planned, model));
    },
    dinoB8: async ({ path }) => {
      const { batchSize, structureWhite, torchvision } = this.flags;
      const pixels = { white: structureWhite === '1' ? 1 : 255, antialias: torchvision === '0.17' } as const;
      return dinoSelfSimilarity(await this.dino(path), batchSize, pixels);
    },
    lpips: async ({ path }) => {
      const normalisation = this.flags.torchmetrics === '1.2.0' ? 'lpips' : 'torchmetrics';
      return lpipsDistance(
        await loadLpips(await squeezeNetAt(path), { ...this.options(path), normalisation }),
      );
    },
  };

  private async embedder(
    planned: PlannedModel,
    cleaning: Cleaning,
    pixels: typeof clipPixels,
  ): Promise<PictureTextModel> {
    const { path } = planned;
    const tokenizer = await locateTokenizer(path, this.flags.configFolder);
    const known = this.clips.get(path) ?? this.clip(path);
    this.clips.set(path, known);
    const model = await known;
    const embedder = new ClipEmbedder(
      model,
      await loadClipTokenizer(diskFolder(tokenizer), cleaning),
      pixels,
    );
    return batchedEmbedder(embedder, this.flags.batchSize, this.storeOf(planned, model));
  }

  private storeOf(
    { name, sha256 }: PlannedModel,
    { dtype, device }: ClipModel | DinoModel,
  ): OutputStore<Float32Array> | undefined {
    const { facts, webgpu, tuning } = device;
    return this.embeddings?.of(name, { sha256, dtype, facts, webgpu, products: tuning.description });
  }

  private async clip(path: string): Promise<ClipModel> {
    const onNote = (note: string) => this.log.warn(note);
    return loadClip(await modelAt(path), { ...this.options(path), onNote });
  }

  private async dino(path: string): Promise<DinoModel> {
    return loadDino(await modelAt(path), this.options(path));
  }

  private options(path: string): ModelLoadOptions {
    this.log.event('loading', { path }, `Loading ${path}.`);
    return { dtype: this.flags.dtype, onDtype: dtypeLogger(this.log) };
  }
}

/** @throws CliError for a folder, since there is none of SqueezeNet with known names */
async function squeezeNetAt(path: string): Promise<ModelFile> {
  const found = await modelAt(path);
  if (found.kind === 'file') return found;
  throw new CliError(`${path} is a folder; give the .safetensors file of SqueezeNet 1.1 with --squeezenet`);
}
