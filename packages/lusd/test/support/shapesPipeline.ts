import { fileURLToPath } from 'node:url';
import { StableDiffusion, type StableDiffusionOptions } from '@lusd/sd-models';

/** The small model of weights/shapes, for pictures of 128 x 128; its tokenizer reads 24 tokens. */
export function shapesPipeline(options?: StableDiffusionOptions): Promise<StableDiffusion> {
  return StableDiffusion.load(fileURLToPath(new URL('../../../../weights/shapes', import.meta.url)), options);
}
