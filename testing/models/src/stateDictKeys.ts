import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** [model key, shape, stored key, what diffusers' converter did: rows [start, end], 'transpose', 'squeeze' or null]. */
export type TensorRow = [string, number[], string, [number, number] | 'transpose' | 'squeeze' | null];

export interface ModelKeys {
  readonly config: Readonly<Record<string, unknown>>;
  readonly tensors: readonly TensorRow[];
  readonly stored: Readonly<Record<string, number[]>>;
}

export interface PipelineKeys {
  readonly unet: ModelKeys;
  readonly vae: ModelKeys;
  readonly text: ModelKeys;
}

interface StateDictKeys {
  readonly sd15: PipelineKeys;
  readonly sd2: PipelineKeys;
  readonly tiny: PipelineKeys;
  readonly clipVitB32: Omit<ModelKeys, 'config'>;
}

/** Keys and shapes of diffusers' and transformers' modules and of LDM checkpoints: reference/sd-models/state_dict_keys.py. */
export function stateDictKeys(): StateDictKeys {
  const path = new URL('../golden/state_dict_keys.json.gz', import.meta.url);
  return JSON.parse(gunzipSync(readFileSync(path)).toString()) as StateDictKeys;
}
