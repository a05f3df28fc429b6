import { collectWeights, type StateDict, type WeightSource, withShape } from './weightSource.ts';

/** The names of diffusers' old AttentionBlock and those of its Attention. */
const CURRENT_NAMES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    query: 'to_q',
    key: 'to_k',
    value: 'to_v',
    proj_attn: 'to_out.0',
  }),
);

const OLD_KEY = /^(.*\battentions\.\d+\.)(query|key|value|proj_attn)(\.(?:weight|bias))$/;
const PROJECTION_WEIGHT = /\battentions\.\d+\.(?:to_q|to_k|to_v|to_out\.0)\.weight$/;

/** `…attentions.0.query.weight` to `…attentions.0.to_q.weight`, and the like; other keys as they are. */
export function currentAttentionKey(key: string): string {
  return key.replace(OLD_KEY, (_, block: string, name: string, kind: string) => {
    return `${block}${CURRENT_NAMES.get(name)}${kind}`;
  });
}

/**
 * The VAE's attention under its current names, with projection weights as [C, C] whether they are stored as
 * [C, C], [C, C, 1] or [C, C, 1, 1].
 *
 * @throws CheckpointError if a weight is stored under both its old and its current name.
 */
export function normaliseAttention(checkpoint: StateDict): StateDict {
  return collectWeights(
    [...checkpoint].map(([key, source]): [string, WeightSource] => {
      const current = currentAttentionKey(key);
      return [current, PROJECTION_WEIGHT.test(current) ? asMatrix(source) : source];
    }),
  );
}

function asMatrix(source: WeightSource): WeightSource {
  return withShape(source, source.shape.slice(0, 2)) ?? source;
}
