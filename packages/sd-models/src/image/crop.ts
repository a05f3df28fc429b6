import { roundHalfToEven } from '../roundHalfToEven.ts';
import { checkPixels, type Image } from './image.ts';

/**
 * The largest square in the middle, as the LUSD program cuts its input: offset = floor((long - short) / 2).
 */
export function cropSquare(image: Image): Image {
  const size = Math.min(image.width, image.height);
  return crop(image, Math.floor((image.width - size) / 2), Math.floor((image.height - size) / 2), size);
}

/**
 * A square of `size` in the middle, as torchvision's `CenterCrop`: offsets are rounded half to even.
 * @throws RangeError for a picture that is smaller.
 */
export function centerCrop(image: Image, size: number): Image {
  if (image.width < size || image.height < size) {
    throw new RangeError(
      `A square of ${size} cannot be cut from an image of ${image.width} x ${image.height}.`,
    );
  }
  return crop(
    image,
    roundHalfToEven((image.width - size) / 2),
    roundHalfToEven((image.height - size) / 2),
    size,
  );
}

/** The rectangle of `width` x `height` whose upper left corner is at (left, top), which must lie inside. */
export function cropRectangle(image: Image, left: number, top: number, width: number, height: number): Image {
  checkPixels(image, 3);
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const start = ((top + y) * image.width + left) * 3;
    data.set(image.data.subarray(start, start + width * 3), y * width * 3);
  }
  return { width, height, data };
}

function crop(image: Image, left: number, top: number, size: number): Image {
  return cropRectangle(image, left, top, size, size);
}
