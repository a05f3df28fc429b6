import { collectWeights, type StateDict, type WeightSource } from './weightSource.ts';

const UNPREFIXED = /^(?:embeddings|encoder|final_layer_norm)\./;
const POSITION_IDS = /(?:^|\.)embeddings\.position_ids$/;

/** A CLIP text model's key with the `text_model.` prefix, which some files leave out. */
export function clipTextKey(key: string): string {
  return UNPREFIXED.test(key) ? `text_model.${key}` : key;
}

/** Whether the tensor is the constant 0, 1, 2 … that old transformers versions stored with the weights. */
function isPositionIds(key: string): boolean {
  return POSITION_IDS.test(key);
}

/**
 * A CLIP checkpoint under transformers' names: text keys with their `text_model.` prefix, and no `position_ids`.
 *
 * @throws CheckpointError if a weight is stored both with and without the prefix.
 */
export function normaliseClip(checkpoint: StateDict): StateDict {
  return collectWeights(
    [...checkpoint]
      .filter(([key]) => !isPositionIds(key))
      .map(([key, source]): [string, WeightSource] => [clipTextKey(key), source]),
  );
}

/** What a text encoder is stored with in addition to its own weights: CLIP's other half and the projections of both. */
const BESIDE_TEXT =
  /^(?:text_projection(?:\.weight|\.bias)?|visual_projection\..*|vision_model\..*|logit_scale|logit_bias)$/;

/**
 * The weights of a text encoder under transformers' names, without what only a whole CLIP has.
 *
 * @throws CheckpointError as {@link normaliseClip}
 */
export function textEncoderWeights(stored: StateDict): StateDict {
  return normaliseClip(new Map([...stored].filter(([key]) => !BESIDE_TEXT.test(key))));
}
