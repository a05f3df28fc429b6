import type { StableDiffusion } from './stableDiffusion.ts';

/** Latent side of Stable Diffusion 1, for files that do not say what they were trained at. */
const DEFAULT_LATENT_SIDE = 64;

/** The side of the square that the model was trained on, in pixels. */
export function trainedSize({ unet, vae }: Pick<StableDiffusion, 'unet' | 'vae'>): number {
  return (unet.config.sampleSize ?? DEFAULT_LATENT_SIDE) * vae.downscaleFactor;
}
