import { type Checkpoint, collectWeights, type WeightSource } from './weightSource.ts';

const UNPREFIXED = /^(?:embeddings|encoder|final_layer_norm)\./;
const POSITION_IDS = /(?:^|\.)embeddings\.position_ids$/;

/** A CLIP text model's key with the `text_model.` prefix, which some files leave out. */
export function clipTextKey(key: string): string {
  return UNPREFIXED.test(key) ? `text_model.${key}` : key;
}

/** Whether the tensor is the constant 0, 1, 2 … that old transformers versions stored with the weights. */
export function isPositionIds(key: string): boolean {
  return POSITION_IDS.test(key);
}

/**
 * A CLIP checkpoint under transformers' names: text keys with their `text_model.` prefix, and no `position_ids`.
 *
 * @throws CheckpointError if a weight is stored both with and without the prefix.
 */
export function normaliseClip(checkpoint: Checkpoint): Checkpoint {
  return collectWeights(
    [...checkpoint]
      .filter(([key]) => !isPositionIds(key))
      .map(([key, source]): [string, WeightSource] => [clipTextKey(key), source]),
  );
}
