import type { Device, Tensor } from '@lusd/tensor';
import type { Image } from '../image/image.ts';
import { planeBatch } from '../image/planeBatch.ts';
import { CLIP_SIZE, toClipPlanes } from '../image/planes.ts';

/**
 * Pictures as CLIP's image encoder takes them, f32 [B, 224, 224, 3]: short side to 224 by Pillow's bicubic, centre
 * crop, mean and standard deviation normalised, as torchvision does in OpenAI's CLIP.
 * @param device default: the current one
 * @throws RangeError if there is no picture
 */
export function clipPixels(images: readonly Image[], device?: Device): Tensor {
  return planeBatch(images, {
    name: 'clipPixels',
    height: CLIP_SIZE,
    width: CLIP_SIZE,
    toPlanes: toClipPlanes,
    device,
  });
}
