import type { PreparedContext, StableDiffusion } from '@lusd/sd-models';
import { inference, type Tensor, zeros } from '@lusd/tensor';

/** A part of what an edit computes, run once by `run`. */
export interface ModelCall {
  readonly name: string;
  run(): Promise<void>;
}

/** Two prompts, as every step of an edit has. */
const PROMPTS = ['a photograph of a cat', 'a photograph of a dog'];
const TIMESTEP = 233;

/** The calls of which edits of `width` x `height` pixels consist. Disposing them frees what they hold. */
export class ModelCalls implements Disposable {
  readonly calls: readonly ModelCall[];
  private readonly context: PreparedContext;

  constructor(pipeline: StableDiffusion, [width, height]: readonly [width: number, height: number]) {
    const { unet, vae, device } = pipeline;
    const context = inference(() => unet.prepareContext(pipeline.encodePrompts(PROMPTS)));
    const scale = vae.downscaleFactor;
    const shape = (batch: number) => [batch, height / scale, width / scale, unet.config.inChannels];
    const picture = { width, height, data: new Uint8Array(width * height * 3) };
    const once = (body: () => Tensor) => async () => {
      inference(body).dispose();
      await device.sync();
    };
    const predict = () => unet.forward(zeros(shape(2), { device }), TIMESTEP, { context });
    this.context = context;
    this.calls = [
      { name: 'UNet, batch 2', run: once(predict) },
      { name: 'encode', run: once(() => pipeline.encodeImage(picture).mean) },
      { name: 'decode', run: () => decode(pipeline, shape(1)) },
    ];
  }

  [Symbol.dispose](): void {
    this.context.dispose();
  }
}

async function decode(pipeline: StableDiffusion, shape: number[]): Promise<void> {
  using latents = zeros(shape, { device: pipeline.device });
  await pipeline.decodeLatents(latents);
}
