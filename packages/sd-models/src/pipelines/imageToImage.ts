import { inference, type Tensor } from '@lusd/tensor';
import type { Image } from '../image/image.ts';
import { resizeBicubic } from '../image/resize.ts';
import { denoise, type GenerationOptions, type Run, startRun } from './denoise.ts';
import type { StableDiffusion } from './stableDiffusion.ts';

/** What `imageToImage` makes, and from which picture. */
export interface ImageToImageOptions extends GenerationOptions {
  /** The picture to start from; resized to width x height by Pillow's bicubic, where diffusers takes Lanczos'. */
  readonly image: Image;
  /** How much of it is replaced: the share of steps that are run, above 0 to 1. Default 0.8. */
  readonly strength?: number;
  /** In pixels, multiples of the autoencoder's factor (8). Default: the picture's, rounded down to such. */
  readonly width?: number;
  readonly height?: number;
}

/**
 * A picture of a prompt, starting from another picture with noise added.
 * Reference: diffusers' `StableDiffusionImg2ImgPipeline`.
 * @throws RangeError for a strength that leaves no step, a size, a number of steps or an eta that cannot be used; the
 *   signal's reason
 */
export async function imageToImage(pipeline: StableDiffusion, options: ImageToImageOptions): Promise<Image> {
  const { image, strength = 0.8 } = options;
  const factor = pipeline.vae.downscaleFactor;
  const { width = roundDown(image.width, factor), height = roundDown(image.height, factor) } = options;
  const run = startRun(pipeline, options, { width, height });
  const first = firstStep(run.sampler.timesteps.length, strength);
  const picture = resizeBicubic(image, width, height);
  const start = inference(() => noisyLatents(pipeline, run, picture, first, options));
  const latents = await denoise(pipeline, run, start, first, options);
  try {
    return await pipeline.decodeLatents(latents, options);
  } finally {
    latents.dispose();
  }
}

/** Latents drawn from the picture's distribution, then with noise added, in the order in which diffusers draws. */
function noisyLatents(
  pipeline: StableDiffusion,
  run: Run,
  picture: Image,
  first: number,
  options: ImageToImageOptions,
): Tensor {
  const { mean, logvar } = pipeline.encodeImage(picture, options);
  const drawn = mean.add(logvar.mul(0.5).exp().mul(run.drawNoise()));
  return run.sampler.addNoise(drawn, run.drawNoise(), first);
}

function firstStep(steps: number, strength: number): number {
  const count = Math.trunc(steps * strength);
  if (strength > 0 && strength <= 1 && count >= 1) return steps - count;
  throw new RangeError(
    `A strength of ${strength} leaves no step of ${steps}; it must be above 0 and at most 1, and steps x strength at least 1.`,
  );
}

function roundDown(side: number, factor: number): number {
  return Math.floor(side / factor) * factor;
}
