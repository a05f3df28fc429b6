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

function crop(image: Image, left: number, top: number, size: number): Image {
  checkPixels(image, 3);
  const data = new Uint8Array(size * size * 3);
  for (let y = 0; y < size; y++) {
    const start = ((top + y) * image.width + left) * 3;
    data.set(image.data.subarray(start, start + size * 3), y * size * 3);
  }
  return { width: size, height: size, data };
}

function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  const isHalf = value - floor === 0.5;
  return isHalf ? floor + (floor % 2) : Math.round(value);
}
