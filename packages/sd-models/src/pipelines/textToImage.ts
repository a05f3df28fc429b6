import { inference } from '@lusd/tensor';
import type { Image } from '../image/image.ts';
import { denoise, type GenerationOptions, startRun } from './denoise.ts';
import type { StableDiffusion } from './stableDiffusion.ts';
import { trainedSize } from './trainedSize.ts';

/** What `textToImage` makes. */
export interface TextToImageOptions extends GenerationOptions {
  /** In pixels, multiples of the autoencoder's factor (8). Default: what the model was trained at. */
  readonly width?: number;
  readonly height?: number;
}

/**
 * Generates a picture from a prompt. The same seed gives the noise that torch gives.
 * Reference: diffusers' `StableDiffusionPipeline`.
 * @throws RangeError for a size, a number of steps or an eta that cannot be used; the signal's reason
 */
export async function textToImage(pipeline: StableDiffusion, options: TextToImageOptions): Promise<Image> {
  const side = trainedSize(pipeline);
  const { width = side, height = side } = options;
  const run = startRun(pipeline, options, { width, height });
  const start = inference(() => run.drawNoise().mul(run.sampler.initNoiseSigma));
  const latents = await denoise(pipeline, run, start, 0, options);
  try {
    return await pipeline.decodeLatents(latents, options);
  } finally {
    latents.dispose();
  }
}
