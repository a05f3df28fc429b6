import type { StableDiffusion } from '@lusd/sd-models';
import { inference, type Tensor, zeros } from '@lusd/tensor';

/** A part of what an edit computes, run once by `run`. */
export interface ModelCall {
  readonly name: string;
  run(): Promise<void>;
}

/** Two prompts, as every step of an edit has. */
const PROMPTS = ['a photograph of a cat', 'a photograph of a dog'];
const TIMESTEP = 233;

/** The calls of which edits of `width` x `height` pixels consist. The caller disposes what they hold. */
export function modelCalls(
  pipeline: StableDiffusion,
  [width, height]: readonly [width: number, height: number],
): { readonly calls: readonly ModelCall[]; dispose(): void } {
  const { unet, vae, device } = pipeline;
  const scale = vae.downscaleFactor;
  const context = inference(() => unet.prepareContext(pipeline.encodePrompts(PROMPTS)));
  const shape = (batch: number) => [batch, height / scale, width / scale, unet.config.inChannels];
  const picture = { width, height, data: new Uint8Array(width * height * 3) };
  const once = (body: () => Tensor) => async () => {
    inference(body).dispose();
    await device.sync();
  };
  const calls = [
    {
      name: 'UNet, batch 2',
      run: once(() => unet.forward(zeros(shape(2), { device }), TIMESTEP, { context })),
    },
    { name: 'encode', run: once(() => pipeline.encodeImage(picture).mean) },
    { name: 'decode', run: async () => void (await decode(pipeline, shape(1))) },
  ];
  return { calls, dispose: () => context.dispose() };
}

async function decode(pipeline: StableDiffusion, shape: number[]): Promise<void> {
  using latents = zeros(shape, { device: pipeline.device });
  await pipeline.decodeLatents(latents);
}
