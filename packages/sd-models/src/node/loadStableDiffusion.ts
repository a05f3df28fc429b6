import { StableDiffusion, type StableDiffusionOptions } from '../pipelines/stableDiffusion.ts';
import { diskFolder, modelAt } from './diskFolder.ts';

/** As {@link StableDiffusionOptions}, with paths. */
export interface LoadPathOptions extends Omit<StableDiffusionOptions, 'configFolder' | 'vae'> {
  readonly configFolder?: string;
  readonly vae?: string;
}

/**
 * Loads Stable Diffusion from this machine's disk: a diffusers folder or a single `.safetensors` file.
 *
 * @throws CheckpointError or SafetensorsError as {@link StableDiffusion.load}, and if there is nothing at a path
 */
export async function loadStableDiffusion(
  path: string,
  { configFolder, vae, ...options }: LoadPathOptions = {},
): Promise<StableDiffusion> {
  return StableDiffusion.load(await modelAt(path), {
    ...options,
    ...(configFolder !== undefined && { configFolder: diskFolder(configFolder) }),
    ...(vae !== undefined && { vae: await modelAt(vae) }),
  });
}
