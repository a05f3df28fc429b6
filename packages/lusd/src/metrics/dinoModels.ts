import { type DinoModel, dinoPixels, type StructurePixelsOptions, structurePixels } from '@lusd/sd-models';
import { inference, scope, type Tensor } from '@lusd/tensor';
import { Batcher, type OutputStore } from './batcher.ts';
import type { MetricModels } from './models.ts';
import type { Picture } from './picture.ts';
import { readRows } from './readRows.ts';

/** Class tokens kept: of all pictures of MagicBrush's test set and their results, 6 MB. */
const KEPT_TOKENS = 4096;
/** Similarities kept, of 2.5 MB each with ViT-B/8. */
const KEPT_SIMILARITIES = 64;
/** What products of norms are at least, so that zero keys have no direction. */
const EPS = 1e-8;

/**
 * DINO's class tokens in batches, of pictures prepared as MagicBrush's evaluation prepares them.
 * @param store keeps class tokens of this very model, on this very device, for later evaluations
 */
export function dinoClassTokens(
  model: DinoModel,
  batchSize: number,
  store?: OutputStore<Float32Array>,
): MetricModels['dinoS16'] {
  const tokens = new Batcher<Picture, Float32Array>({
    key: ({ key }) => `picture ${key}`,
    run: async (pictures) => {
      using pixels = dinoPixels(pictures, model.device);
      return readRows(
        'DINO',
        inference(() => model.encodeImage(pixels)),
      );
    },
    batchSize,
    kept: KEPT_TOKENS,
    store,
  });
  return { image: (picture) => tokens.get(picture) };
}

/** Cosines between DINO's keys in batches, as PIE-Bench's structure distance compares them. */
export function dinoSelfSimilarity(
  model: DinoModel,
  batchSize: number,
  options: Omit<StructurePixelsOptions, 'device'> = {},
): MetricModels['dinoB8'] {
  const similarities = new Batcher<Picture, Float32Array>({
    key: ({ key }) => key,
    run: async (pictures) => {
      using pixels = structurePixels(pictures, { ...options, device: model.device });
      return readRows(
        'DINO',
        inference(() => selfSimilarity(model.lastKeys(pixels))),
      );
    },
    batchSize,
    kept: KEPT_SIMILARITIES,
  });
  return { selfSimilarity: (picture) => similarities.get(picture) };
}

/**
 * The cosine of each key with each other, [B, L, C] -> [B, L, L], f32.
 * Source: `attn_cosine_sim` of Splice's `dino_vit_features`, as PnPInversion has it.
 */
export function selfSimilarity(keys: Tensor): Tensor {
  return scope(() => {
    const wide = keys.cast('f32');
    const norms = wide.norm(2, { keepdim: true });
    const products = norms.matmul(norms.transpose(1, 2)).clamp(EPS, Number.POSITIVE_INFINITY);
    return wide.matmul(wide.transpose(1, 2)).div(products);
  });
}
