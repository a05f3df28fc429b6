import { type Device, scope, type Tensor, tensor } from '@lusd/tensor';
import type { Image } from '../image/image.ts';
import { CLIP_SIZE, toClipPlanes } from '../image/planes.ts';

/**
 * Pictures as CLIP's image encoder takes them, f32 [B, 224, 224, 3]: short side to 224 by Pillow's bicubic, centre
 * crop, mean and standard deviation normalised, as torchvision does in OpenAI's CLIP.
 * @param device default: the current one
 * @throws RangeError if there is no picture
 */
export function clipPixels(images: readonly Image[], device?: Device): Tensor {
  if (images.length === 0) throw new RangeError('clipPixels: pass at least one picture.');
  const data = new Float32Array(images.length * 3 * CLIP_SIZE * CLIP_SIZE);
  for (const [i, image] of images.entries()) data.set(toClipPlanes(image), i * 3 * CLIP_SIZE * CLIP_SIZE);
  const options = device ? { device } : {};
  return scope(() =>
    tensor(data, { shape: [images.length, 3, CLIP_SIZE, CLIP_SIZE], ...options }).permute([0, 2, 3, 1]),
  );
}
