import { concat, type Device, scope, type Tensor, tensor } from '@lusd/tensor';
import { checkPixels, type Image } from './image.ts';
import type { Normalisation } from './normalisation.ts';

/** How whole pictures become squares of numbers. */
export interface Stretch {
  /** The function's name, for messages. */
  readonly name: string;
  /** A picture [1, H, W, 3] of its own size to the size that all shall have. */
  resize(picture: Tensor): Tensor;
  /** What a byte of 255 becomes before it is normalised. */
  readonly white: number;
  readonly normalisation: Normalisation;
  /** Default: the current one. */
  readonly device?: Device | undefined;
}

/**
 * Pictures resized as a whole, whatever their proportions, on the device: f32 [B, height, width, 3].
 * @throws RangeError if there is no picture
 */
export function stretchPictures(
  images: readonly Image[],
  { name, resize, white, normalisation, device }: Stretch,
): Tensor {
  if (images.length === 0) throw new RangeError(`${name}: pass at least one picture.`);
  const on = device ? { device } : {};
  return scope(() => {
    const pictures = images.map((image) => resize(values(image, white, on)));
    const { mean, std } = normalisation;
    return concat(pictures, 0).sub(tensor(mean, on)).div(tensor(std, on));
  });
}

function values(image: Image, white: number, on: { device?: Device }): Tensor {
  checkPixels(image, 3);
  const data = Float32Array.from(image.data, (value) => (value * white) / 255);
  return tensor(data, { shape: [1, image.height, image.width, 3], ...on });
}
