import { edit, lusd } from '@lusd/lusd';
import {
  AutoencoderKL,
  ClipTextModel,
  defaultClipTokenizer,
  parseSchedulerConfig,
  StableDiffusion,
  UNet2DConditionModel,
} from '@lusd/sd-models';
import { type Device, type Module, scope, zeros } from '@lusd/tensor';
import { PARSED_CONFIGS, SCHEDULER_CONFIG } from '../fullSize/configs.ts';
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
  const pipeline = new StableDiffusion(
    await defaultClipTokenizer('sd1'),
    withZeros(new ClipTextModel(PARSED_CONFIGS.textEncoder), sites),
    withZeros(new UNet2DConditionModel(PARSED_CONFIGS.unet), sites),
    withZeros(new AutoencoderKL(PARSED_CONFIGS.vae), sites),
    parseSchedulerConfig(SCHEDULER_CONFIG),
  );
  sites.watchLayers('text encoder', pipeline.textEncoder);
  sites.watchLayers('UNet', pipeline.unet);
  sites.watchLayers('VAE', pipeline.vae);
  const image = { width: SIDE, height: SIDE, data: new Uint8Array(SIDE * SIDE * 3) };
  const request = { image, source: 'a cat', target: 'a dog' };
  await edit(pipeline, request, lusd({ numSteps: ITERATIONS, threshold: 0 })).result();
  pipeline.dispose();
}

/** Loads zeros as a file's weights are loaded: in PyTorch's layout, frozen. */
function withZeros<M extends Module>(model: M, sites: Sites): M {
  model.requireGrad(false);
  for (const [name, parameter] of model.namedParameters()) {
    const { torchShape } = parameter;
    const place = { part: 'weights', layer: name, operands: torchShape.join(' x ') };
    sites.at(place, () => scope(() => parameter.loadTorch(name, zeros(torchShape, WEIGHTS))));
  }
  return model;
}
