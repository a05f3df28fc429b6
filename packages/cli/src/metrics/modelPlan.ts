import type { Metric, ModelName } from '@lusd/lusd/metrics';
import { CliError } from '../ui/errors.ts';
import { locateModel, type WeightsFlag } from './locateModel.ts';
import { sha256OfWeights } from './sha256.ts';

/** The flags that say where models are. */
export interface ModelFlags {
  readonly weights: string;
  readonly configFolder?: string | undefined;
  readonly clipLarge?: string | undefined;
  readonly dinoSmall?: string | undefined;
  readonly dinoBase?: string | undefined;
}

/** A model that metrics need, and where it is. */
export interface PlannedModel {
  readonly name: ModelName;
  readonly path: string;
  /** Sums of its files. */
  readonly sha256: Readonly<Record<string, string>>;
}

/** Where each model's weights come from. */
const SOURCES: Partial<Readonly<Record<ModelName, ModelSource>>> = {
  clipB32: { option: 'weights', flag: '--weights', pulled: 'clip', what: 'CLIP ViT-B/32' },
  clipL14: { option: 'clipLarge', flag: '--clip-large', pulled: null, what: 'CLIP ViT-L/14' },
  dinoS16: { option: 'dinoSmall', flag: '--dino-small', pulled: null, what: 'DINO ViT-S/16' },
  dinoB8: { option: 'dinoBase', flag: '--dino-base', pulled: null, what: 'DINO ViT-B/8' },
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
  for (const name of names) {
    const source = SOURCES[name];
    if (!source) throw new CliError(`${name} cannot be loaded yet; leave its metrics out with --metrics`);
    const path = await locateModel(flags[source.option], source);
    planned.push({ name, path, sha256: await sha256OfWeights(path) });
  }
  return planned;
}
