import { Batcher, type OutputStore } from './batcher.ts';
import type { Embedder, Tokens } from './embedder.ts';
import type { PictureTextModel } from './models.ts';
import type { Picture } from './picture.ts';

/** Embeddings kept: of all pictures of MagicBrush's test set and their results, 6 MB. */
const KEPT = 4096;

/**
 * A model that is asked for one picture or text at a time, and computes them in batches, each content once.
 * @param store keeps embeddings of this very model, on this very device, for later evaluations
 */
export function batchedEmbedder(
  embedder: Embedder,
  batchSize: number,
  store?: OutputStore<Float32Array>,
): PictureTextModel {
  const images = new Batcher<Picture, Float32Array>({
    key: ({ key }) => `picture ${key}`,
    run: (pictures) => embedder.embedImages(pictures),
    batchSize,
    kept: KEPT,
    store,
  });
  const texts = new Batcher<Tokens, Float32Array>({
    key: (tokens) => `text ${Array.from(tokens).join()}`,
    run: (batch) => embedder.embedTexts(batch),
    batchSize,
    kept: KEPT,
    store,
  });
  return {
    image: (picture) => images.get(picture),
    text: async (text) => texts.get(embedder.tokenize(text)),
  };
}
