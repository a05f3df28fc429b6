import { type Device, interpolateBicubic, type Tensor } from '@lusd/tensor';
import type { Image } from '../image/image.ts';
import { CLIP_NORMALISATION } from '../image/normalisation.ts';
import { planeBatch } from '../image/planeBatch.ts';
import { CLIP_SIZE, toClipPlanes } from '../image/planes.ts';
import { stretchPictures } from '../image/stretch.ts';

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

/**
 * Whole pictures for CLIP's image encoder, f32 [B, 224, 224, 3]: resized to the square by cubic convolution (a = -0.75)
 * without antialiasing, whatever their proportions, mean and standard deviation normalised. Values beyond black and
 * white stay. Reference: `metrics/clip_similarity.py` of InstructPix2Pix, for CLIP's directional similarity.
 * @param device default: the current one
 * @throws RangeError if there is no picture
 */
export function clipStretchedPixels(images: readonly Image[], device?: Device): Tensor {
  return stretchPictures(images, {
    name: 'clipStretchedPixels',
    resize: (picture) => interpolateBicubic(picture, [CLIP_SIZE, CLIP_SIZE]),
    white: 1,
    normalisation: CLIP_NORMALISATION,
    device,
  });
}
