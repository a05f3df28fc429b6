import type { Device, Tensor } from '@lusd/tensor';
import type { Image } from '../image/image.ts';
import { planeBatch } from '../image/planeBatch.ts';
import { DINO_SIZE, toDinoPlanes } from '../image/planes.ts';

/**
 * Pictures as DINO's features of whole pictures are made of them, f32 [B, 224, 224, 3]: short side to 256 by Pillow's
 * bicubic, centre crop of 224, mean and standard deviation of ImageNet. Reference: the DINO score of MagicBrush's
 * evaluation.
 * @param device default: the current one
 * @throws RangeError if there is no picture
 */
export function dinoPixels(images: readonly Image[], device?: Device): Tensor {
  return planeBatch(images, {
    name: 'dinoPixels',
    height: DINO_SIZE,
    width: DINO_SIZE,
    toPlanes: toDinoPlanes,
    device,
  });
}
