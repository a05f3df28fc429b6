import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { diskFile } from '../../src/node/diskFolder.ts';
import type { TensorFile, WeightSource } from '../../src/weights/weightSource.ts';

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

interface Fixture {
  readonly sd15: PipelineKeys;
  readonly sd2: PipelineKeys;
  readonly tiny: PipelineKeys;
  readonly clipVitB32: Omit<ModelKeys, 'config'>;
}

/** Keys and shapes of diffusers' and transformers' modules and of LDM checkpoints: reference/sd-models/state_dict_keys.py. */
export function stateDictKeys(): Fixture {
  const path = new URL('../golden/state_dict_keys.json.gz', import.meta.url);
  return JSON.parse(gunzipSync(readFileSync(path)).toString()) as Fixture;
}

/** A file of these tensors, of which nothing but the header is read. */
export function tensorFile(name: string, shapes: Readonly<Record<string, readonly number[]>>): TensorFile {
  return {
    file: diskFile(name),
    tensors: new Map(Object.entries(shapes).map(([key, shape]) => [key, { dtype: 'F16', shape }])),
    metadata: new Map(),
  };
}

/** A source as the golden file writes it. */
export function rowOf(name: string, { key, shape, view }: WeightSource): TensorRow {
  if (!view) return [name, [...shape], key, null];
  if (view.kind === 'rows') return [name, [...shape], key, [view.start, view.end]];
  return [name, [...shape], key, view.kind === 'reshape' ? 'squeeze' : 'transpose'];
}
