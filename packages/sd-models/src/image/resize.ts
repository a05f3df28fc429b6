import { checkPixels, type Image, type Mask } from './image.ts';
import { antialiasedTaps, BICUBIC } from './taps.ts';

const PRECISION_BITS = 22;

/** Taps with fixed-point weights. */
interface FixedTaps {
  readonly first: number;
  readonly weights: Int32Array;
}

/**
 * Pillow's `resize((width, height))` with its default filter, bit for bit: bicubic with a = -0.5, widened where it
 * shrinks so that it does not alias, fixed-point weights, first along rows, then along columns, with bytes between.
 * (So up to Pillow 11; Pillow 13 begins with the columns for some sizes, though for none of the squares tried.)
 * @throws RangeError for sizes that are not whole numbers above 0.
 */
export function resizeBicubic(image: Image, width: number, height: number): Image {
  checkPixels(image, 3);
  return resizeChannels(image, width, height, 3);
}

/** {@link resizeBicubic} for one channel, as Pillow's for mode L. */
export function resizeMask(mask: Mask, width: number, height: number): Mask {
  checkPixels(mask, 1);
  return resizeChannels(mask, width, height, 1);
}

/** So that the shorter side is `size` and the longer one trunc(size long / short), as torchvision's `Resize`. */
export function resizeShortSide(image: Image, size: number): Image {
  const { width, height } = image;
  const long = Math.trunc((size * Math.max(width, height)) / Math.min(width, height));
  return width <= height ? resizeBicubic(image, size, long) : resizeBicubic(image, long, size);
}

function resizeChannels(image: Image | Mask, width: number, height: number, channels: 1 | 3): Image {
  if (!Number.isInteger(width) || !Number.isInteger(height) || width < 1 || height < 1) {
    throw new RangeError(`An image cannot be resized to ${width} x ${height}; give whole numbers above 0.`);
  }
  const wide =
    image.width === width ? image.data : resizeRows(image, bicubicTaps(image.width, width), channels);
  if (image.height === height) return { width, height, data: wide === image.data ? wide.slice() : wide };
  return { width, height, data: resizeColumns(wide, width * channels, bicubicTaps(image.height, height)) };
}

function resizeRows(
  { width, height, data }: Image | Mask,
  taps: readonly FixedTaps[],
  channels: 1 | 3,
): Uint8Array {
  const output = new Uint8Array(taps.length * height * channels);
  for (let y = 0, out = 0; y < height; y++) {
    for (const { first, weights } of taps) {
      const start = (y * width + first) * channels;
      for (let channel = 0; channel < channels; channel++) {
        output[out++] = weigh(data, start + channel, channels, weights);
      }
    }
  }
  return output;
}

function resizeColumns(data: Uint8Array, rowLength: number, taps: readonly FixedTaps[]): Uint8Array {
  const output = new Uint8Array(taps.length * rowLength);
  for (const [y, { first, weights }] of taps.entries()) {
    for (let x = 0; x < rowLength; x++) {
      output[y * rowLength + x] = weigh(data, first * rowLength + x, rowLength, weights);
    }
  }
  return output;
}

function weigh(data: Uint8Array, start: number, stride: number, weights: Int32Array): number {
  let sum = 1 << (PRECISION_BITS - 1);
  for (let i = 0, at = start; i < weights.length; i++, at += stride) sum += data[at]! * weights[i]!;
  return Math.min(Math.max(sum >> PRECISION_BITS, 0), 255);
}

function bicubicTaps(inputSize: number, outputSize: number): FixedTaps[] {
  return antialiasedTaps(inputSize, outputSize, BICUBIC).map(({ first, weights }) => ({
    first,
    weights: Int32Array.from(weights, toFixedPoint),
  }));
}

/** Half away from zero. */
function toFixedPoint(weight: number): number {
  return Math.trunc(weight * (1 << PRECISION_BITS) + (weight < 0 ? -0.5 : 0.5));
}
