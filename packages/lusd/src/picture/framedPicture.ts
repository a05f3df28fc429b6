import type { Image, Mask } from '@lusd/sd-models';
import { type FrameOptions, frameImage, planFrame, unframeImage } from './frame.ts';
import { composite, frameMask } from './mask.ts';

/** A picture in the frame that it is edited in, and the way back. */
export interface FramedPicture {
  readonly image: Image;
  /** The user's mask in the frame; null if there is none. */
  readonly mask: Mask | null;
  /** The content of an edited picture: without padding. */
  unframe(edited: Image): Image;
  /** As `unframe`, with the untouched pixels put back outside the mask. */
  composite(edited: Image): Image;
}

/**
 * @param factor pixels a latent in each direction: the autoencoder's
 * @throws OptionError for a size that cannot be edited at, or a mask of another size than the picture's
 */
export function framePicture(
  picture: Image,
  mask: Mask | undefined,
  factor: number,
  options?: FrameOptions,
): FramedPicture {
  const frame = planFrame(picture, factor, options);
  const framedMask = mask ? frameMask(mask, picture, frame) : null;
  const image = frameImage(picture, frame);
  const unframe = (edited: Image) => unframeImage(edited, frame);
  return {
    image,
    mask: framedMask,
    unframe,
    composite: (edited) => unframe(framedMask ? composite(image, edited, framedMask) : edited),
  };
}
