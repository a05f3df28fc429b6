import {
  batchedEmbedder,
  ClipEmbedder,
  dinoClassTokens,
  dinoSelfSimilarity,
  type MetricModels,
  type ModelName,
  type PictureTextModel,
} from '@lusd/lusd/metrics';
import { type Cleaning, loadClip, loadClipTokenizer, loadDino, type ModelLoadOptions } from '@lusd/sd-models';
import { diskFolder, modelAt } from '@lusd/sd-models/node';
import { currentDevice } from '@lusd/tensor';
import type { DTypeName } from '../options/modelCommand.ts';
import { dtypeLogger, withDevice } from '../pipeline.ts';
import type { Log } from '../ui/log.ts';
import { locateTokenizer } from './locateTokenizer.ts';
import type { ModelFlags, PlannedModel } from './modelPlan.ts';

export interface LoadFlags extends ModelFlags {
  readonly dtype: DTypeName;
  readonly adapter: string;
  readonly batchSize: number;
}

/**
 * Opens the device, loads the models, runs `body` with them and frees the device with all that is on it. Without models
 * there is no device.
 * @param body gets the device's name, or null
 */
export async function withModels<T>(
  planned: readonly PlannedModel[],
  flags: LoadFlags,
  log: Log,
  body: (models: Partial<MetricModels>, device: string | null) => Promise<T>,
): Promise<T> {
  if (planned.length === 0) return body({}, null);
  return withDevice(flags, log, async () => {
    let models: Partial<MetricModels> = {};
    for (const { name, path } of planned) {
      log.event('loading', { path }, `Loading ${path}.`);
      models = { ...models, [name]: await LOADERS[name]!(path, flags, log) };
    }
    return body(models, currentDevice().facts.name);
  });
}

type Loaders = {
  readonly [Name in ModelName]: (path: string, flags: LoadFlags, log: Log) => Promise<MetricModels[Name]>;
};

const LOADERS: Partial<Loaders> = {
  clipB32: (path, flags, log) => loadClipWith('original', path, flags, log),
  // torchmetrics takes transformers' tokenizer, which cleans less.
  clipL14: (path, flags, log) => loadClipWith('fast', path, flags, log),
  dinoS16: async (path, flags, log) =>
    dinoClassTokens(await loadDino(await modelAt(path), loadOptions(flags, log)), flags.batchSize),
  dinoB8: async (path, flags, log) =>
    dinoSelfSimilarity(await loadDino(await modelAt(path), loadOptions(flags, log)), flags.batchSize),
};

async function loadClipWith(
  cleaning: Cleaning,
  path: string,
  flags: LoadFlags,
  log: Log,
): Promise<PictureTextModel> {
  const tokenizer = await locateTokenizer(path, flags.configFolder);
  const onNote = (note: string) => log.warn(note);
  const model = await loadClip(await modelAt(path), { ...loadOptions(flags, log), onNote });
  const embedder = new ClipEmbedder(model, await loadClipTokenizer(diskFolder(tokenizer), cleaning));
  return batchedEmbedder(embedder, flags.batchSize);
}

function loadOptions({ dtype }: LoadFlags, log: Log): ModelLoadOptions {
  return { dtype, onDtype: dtypeLogger(log) };
}
