import { type EditModel, edit, lusd } from '@lusd/lusd';
import type { StableDiffusion } from '@lusd/sd-models';
import { type Device, zeros } from '@lusd/tensor';
import { makeZeroPipeline } from '../zeroPipeline.ts';
import type { Sites } from './sites.ts';

const SIDE = 512;
const WEIGHTS = { dtype: 'f16' } as const;
/** The second iteration uses the maps of the first. */
const ITERATIONS = 2;

/**
 * Runs an edit of 512 x 512 with a Stable Diffusion 1.5 of zeros in f16, so that every kernel of it is compiled: of
 * loading, the text encoder, encode, the UNet at batch 2 with maps, mask, filter and step, and decode.
 */
export async function runFullSizeEdit(device: Device, sites: Sites): Promise<void> {
  // A file's weights are uploaded: the kernel that fills ours is none of the edit's.
  zeros([1], WEIGHTS).dispose();
  sites.watch(device);
  const pipeline = await makeZeroPipeline((shape, load) =>
    sites.at({ part: 'weights', layer: '', operands: shape.join(' x ') }, load),
  );
  sites.watchLayers('text encoder', pipeline.textEncoder);
  sites.watchLayers('UNet', pipeline.unet);
  sites.watchLayers('VAE', pipeline.vae);
  const image = { width: SIDE, height: SIDE, data: new Uint8Array(SIDE * SIDE * 3) };
  const request = { image, source: 'a cat', target: 'a dog' };
  await edit(oneByOne(pipeline), request, lusd({ numSteps: ITERATIONS, threshold: 0 })).result();
  pipeline.dispose();
}

/** The model, whose kernels are compiled as they are launched: what the driver prints of each can be told apart. */
function oneByOne(pipeline: StableDiffusion): EditModel {
  const { tokenizer, unet, vae, schedulerConfig } = pipeline;
  return {
    ...{ tokenizer, unet, vae, schedulerConfig },
    encodePrompts: (prompts, options) => pipeline.encodePrompts(prompts, options),
    encodeImage: (image) => pipeline.encodeImage(image),
  };
}
