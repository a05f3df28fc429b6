import { type Device, dims, scope, type Tensor, tensor } from '@lusd/tensor';
import type { Image } from '../image/image.ts';
import { fromSignedPlanes, toSignedPlanes } from '../image/planes.ts';
import { roundHalfToEven } from '../roundHalfToEven.ts';

/** A picture as the autoencoder takes it: f32 [1, H, W, 3] from -1 to 1. */
export function toPixels(image: Image, device: Device): Tensor {
  const { width, height } = image;
  return scope(() =>
    tensor(toSignedPlanes(image), { shape: [1, 3, height, width], device }).permute([0, 2, 3, 1]),
  );
}

/**
 * The picture in pixels [1, H, W, 3] of about -1 to 1: clamped, and rounded to the nearest byte as diffusers does.
 * @throws RangeError if the pixels hold NaN
 */
export async function fromPixels(pixels: Tensor): Promise<Image> {
  const [, height, width] = dims('fromPixels', pixels, ['1', 'H', 'W', '3'], 'pixels');
  using planes = pixels.permute([0, 3, 1, 2]);
  return fromSignedPlanes(await planes.data('f32'), width, height, roundHalfToEven);
}

/** Standard normal latents in torch's order, [1, channels, height, width], as the f32 [1, height, width, channels]. */
export function latentsFromTorch(
  draws: Float32Array,
  channels: number,
  height: number,
  width: number,
  device: Device,
): Tensor {
  return scope(() => tensor(draws, { shape: [1, channels, height, width], device }).permute([0, 2, 3, 1]));
}
