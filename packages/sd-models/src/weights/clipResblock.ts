import { rowsOf, type WeightSource } from './weightSource.ts';

const RESBLOCK_KEY = /^transformer\.resblocks\.(\d+)\.(.+)$/;

/** Names inside the original CLIP's residual attention block and inside transformers' CLIPEncoderLayer. */
const LAYER_NAMES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    'ln_1.weight': 'layer_norm1.weight',
    'ln_1.bias': 'layer_norm1.bias',
    'ln_2.weight': 'layer_norm2.weight',
    'ln_2.bias': 'layer_norm2.bias',
    'attn.out_proj.weight': 'self_attn.out_proj.weight',
    'attn.out_proj.bias': 'self_attn.out_proj.bias',
    'mlp.c_fc.weight': 'mlp.fc1.weight',
    'mlp.c_fc.bias': 'mlp.fc1.bias',
    'mlp.c_proj.weight': 'mlp.fc2.weight',
    'mlp.c_proj.bias': 'mlp.fc2.bias',
  }),
);

/** The layer that a key of the original CLIP's transformer belongs to; undefined outside the transformer. */
export function resblockIndex(key: string): number | undefined {
  const index = RESBLOCK_KEY.exec(key)?.[1];
  return index === undefined ? undefined : Number(index);
}

/**
 * A tensor of the original CLIP's transformer under transformers' names, `{tower}.encoder.layers.N…`. The packed
 * `in_proj` gives three weights, its rows being the query's, the key's and the value's (torch's
 * MultiheadAttention). Empty if the key is none of the transformer's.
 */
export function resblockWeights(tower: string, key: string, source: WeightSource): [string, WeightSource][] {
  const [, layer, name] = RESBLOCK_KEY.exec(key) ?? [];
  if (layer === undefined || name === undefined) return [];
  const prefix = `${tower}.encoder.layers.${layer}`;
  const renamed = LAYER_NAMES.get(name);
  if (renamed) return [[`${prefix}.${renamed}`, source]];
  if (name === 'attn.in_proj_weight') return unpackedProjection(`${prefix}.self_attn`, 'weight', source);
  if (name === 'attn.in_proj_bias') return unpackedProjection(`${prefix}.self_attn`, 'bias', source);
  return [];
}

function unpackedProjection(prefix: string, kind: string, source: WeightSource): [string, WeightSource][] {
  const width = Math.floor((source.shape[0] ?? 0) / 3);
  return ['q', 'k', 'v'].map((part, index) => [
    `${prefix}.${part}_proj.${kind}`,
    rowsOf(source, index * width, (index + 1) * width),
  ]);
}
