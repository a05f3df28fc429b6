import { fileURLToPath } from 'node:url';
import type { StableDiffusion } from '@lusd/sd-models';
import { type LoadPathOptions, loadStableDiffusion } from '@lusd/sd-models/node';

/** The small model of weights/shapes, for pictures of 128 x 128; its tokenizer reads 24 tokens. */
export function shapesPipeline(options?: LoadPathOptions): Promise<StableDiffusion> {
  return loadStableDiffusion(fileURLToPath(new URL('../../../../weights/shapes', import.meta.url)), options);
}
