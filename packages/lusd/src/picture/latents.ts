import { fromSignedPlanes, type Image } from '@lusd/sd-models';
import { inference, ShapeError, type Tensor } from '@lusd/tensor';

/** Extents of latents [1, height, width, channels]. */
export interface LatentSize {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** The autoencoder as an edit uses it. */
export interface LatentDecoder {
  /** Pixels a latent, in each direction. */
  readonly downscaleFactor: number;
  readonly config: { readonly scalingFactor: number };
  /** Pixels [1, H, W, 3] from -1 to 1 of latents that are not scaled. */
  decode(latents: Tensor): Tensor;
}

/** @throws ShapeError unless `latents` are of one picture, [1, h, w, C] */
export function latentSize({ shape }: Tensor): LatentSize {
  const [batch, height, width, channels] = shape;
  if (shape.length === 4 && batch === 1 && height && width && channels) return { height, width, channels };
  throw new ShapeError(`latents: they must be [1, height, width, channels], got [${shape.join(', ')}]`);
}

/** The picture of latents [1, h, w, C], its values truncated to bytes as the released program does. */
export async function decodeLatents(vae: LatentDecoder, latents: Tensor): Promise<Image> {
  const { height, width } = latentSize(latents);
  using planes = inference(() =>
    vae.decode(latents.div(vae.config.scalingFactor)).cast('f32').permute([0, 3, 1, 2]),
  );
  const factor = vae.downscaleFactor;
  return fromSignedPlanes(await planes.data('f32'), width * factor, height * factor);
}
