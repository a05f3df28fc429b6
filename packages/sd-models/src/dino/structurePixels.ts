import { type Device, dims, interpolateBilinear, type Tensor } from '@lusd/tensor';
import type { Image } from '../image/image.ts';
import { IMAGENET_NORMALISATION } from '../image/normalisation.ts';
import { DINO_SIZE } from '../image/planes.ts';
import { resampleByTaps } from '../image/separable.ts';
import { stretchPictures } from '../image/stretch.ts';
import { antialiasedTaps, BILINEAR } from '../image/taps.ts';

/** How pictures are prepared for the structure distance. */
export interface StructurePixelsOptions {
  /**
   * What white is before ImageNet's mean is taken from it: 255, as in the released evaluation of PIE-Bench, or 1, as
   * DINO was trained. Default 255.
   */
  readonly white?: 255 | 1;
  /** Whether shrinking weighs all pixels, as torchvision 0.17 and later do; the released evaluation's did not. Default false. */
  readonly antialias?: boolean;
  /** Default: the current one. */
  readonly device?: Device;
}

/**
 * Pictures as the structure distance of PIE-Bench takes them, f32 [B, 224, 224, 3]: linear interpolation to
 * 224 x 224, less ImageNet's mean, over its standard deviation. Reference: `evaluation/` of PnPInversion.
 * @throws RangeError if there is no picture
 */
export function structurePixels(
  images: readonly Image[],
  { white = 255, antialias = false, device }: StructurePixelsOptions = {},
): Tensor {
  return stretchPictures(images, {
    name: 'structurePixels',
    resize: antialias ? shrink : (picture) => interpolateBilinear(picture, [DINO_SIZE, DINO_SIZE]),
    white,
    normalisation: IMAGENET_NORMALISATION,
    device,
  });
}

/** Linear interpolation with antialiasing, [1, H, W, 3] -> [1, 224, 224, 3]. */
function shrink(picture: Tensor): Tensor {
  const [, height, width, channels] = dims('structurePixels', picture, ['1', 'H', 'W', '3']);
  const taps = (size: number) => antialiasedTaps(size, DINO_SIZE, BILINEAR);
  const plain = picture.reshape([height, width, channels]);
  return resampleByTaps(plain, taps(height), taps(width)).reshape([1, DINO_SIZE, DINO_SIZE, channels]);
}
