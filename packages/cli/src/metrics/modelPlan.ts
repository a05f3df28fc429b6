import type { Metric, ModelName } from '@lusd/lusd/metrics';
import { locateModel, type WeightsFlag } from './locateModel.ts';
import { sha256OfModel } from './sha256.ts';

/** The flags that say where models are. */
export interface ModelFlags {
  readonly weights: string;
  readonly configFolder?: string | undefined;
  readonly clipL14: string;
  readonly dinoS16: string;
  readonly dinoB8: string;
  readonly squeezenet?: string | undefined;
}

/** A model that metrics need, and where it is. */
export interface PlannedModel {
  readonly name: ModelName;
  readonly path: string;
  /** Sums of its files: weights and, in a folder, the configuration. */
  readonly sha256: Readonly<Record<string, string>>;
}

const CLIP_L14 = {
  option: 'clipL14',
  flag: '--clip-l14',
  pulled: 'clip-l14',
  what: 'CLIP ViT-L/14',
} as const;

/** Where each model's weights come from. */
const SOURCES: Readonly<Record<ModelName, ModelSource>> = {
  clipB32: { option: 'weights', flag: '--weights', pulled: 'clip', what: 'CLIP ViT-B/32' },
  clipL14: CLIP_L14,
  clipL14Square: CLIP_L14,
  dinoS16: { option: 'dinoS16', flag: '--dino-s16', pulled: 'dino-s16', what: 'DINO ViT-S/16' },
  dinoB8: { option: 'dinoB8', flag: '--dino-b8', pulled: 'dino-b8', what: 'DINO ViT-B/8' },
  lpips: { option: 'squeezenet', flag: '--squeezenet', pulled: null, what: 'SqueezeNet 1.1' },
};

interface ModelSource extends WeightsFlag {
  readonly option: Exclude<keyof ModelFlags, 'configFolder'>;
}

/**
 * Finds the models that the metrics need; nothing is loaded.
 * @throws CliError naming what is missing, and how to get it
 */
export async function planModels(
  metrics: readonly Metric[],
  flags: ModelFlags,
): Promise<readonly PlannedModel[]> {
  const names = new Set(metrics.flatMap(({ models }) => models));
  const planned: PlannedModel[] = [];
  const sums = new Map<string, PlannedModel['sha256']>();
  for (const name of names) {
    const source = SOURCES[name];
    const path = await locateModel(flags[source.option], source);
    const sha256 = sums.get(path) ?? (await sha256OfModel(path));
    sums.set(path, sha256);
    planned.push({ name, path, sha256 });
  }
  return planned;
}
