import { type Device, scope, type Tensor, tensor } from '@lusd/tensor';
import type { Image } from '../image/image.ts';
import { toClipPlanes } from '../image/planes.ts';

/**
 * Pictures as CLIP's image encoder takes them, f32 [B, 224, 224, 3]: short side to 224 by Pillow's bicubic, centre
 * crop, mean and standard deviation normalised.
 */
export function clipPixels(images: readonly Image[], device?: Device): Tensor {
  const planes = images.map(toClipPlanes);
  const size = Math.sqrt((planes[0]?.length ?? 0) / 3);
  const data = new Float32Array(planes.length * 3 * size * size);
  for (const [i, one] of planes.entries()) data.set(one, i * one.length);
  const options = device ? { device } : {};
  return scope(() =>
    tensor(data, { shape: [planes.length, 3, size, size], ...options }).permute([0, 2, 3, 1]),
  );
}
