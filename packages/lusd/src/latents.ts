import { fromSignedPlanes, type Image, type StableDiffusion } from '@lusd/sd-models';
import { noGrad, scope, type Tensor } from '@lusd/tensor';

/** A picture's latents as the released program takes them: the encoder's mean, scaled, f32 [1, h, w, 4]. */
export function encodeMean(pipeline: StableDiffusion, image: Image): Tensor {
  return scope(() => pipeline.encodeImage(image).mean);
}

/** The picture of latents [1, h, w, 4], its values truncated to bytes as the released program does. */
export async function decodeTruncated(pipeline: StableDiffusion, latents: Tensor): Promise<Image> {
  const { vae } = pipeline;
  using planes = noGrad(() =>
    scope(() => vae.decode(latents.div(vae.config.scalingFactor)).cast('f32').permute([0, 3, 1, 2])),
  );
  const [, , height, width] = planes.shape;
  return fromSignedPlanes(await planes.data<Float32Array<ArrayBuffer>>(), width!, height!);
}
