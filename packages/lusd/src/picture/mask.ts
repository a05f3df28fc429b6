import { type Image, type Mask, resizeMask } from '@lusd/sd-models';
import { OptionError } from '../errors.ts';
import type { Frame, Rectangle } from './frame.ts';

/**
 * A user's mask, in the picture's geometry, as weights of the frame's pixels; padding never changes.
 * @throws OptionError when the mask's size is not the picture's
 */
export function frameMask(mask: Mask, image: { width: number; height: number }, frame: Frame): Mask {
  if (mask.width !== image.width || mask.height !== image.height) {
    throw new OptionError(
      'mask',
      `is ${mask.width} x ${mask.height}, but the picture is ${image.width} x ${image.height}; make them the same size`,
    );
  }
  const { cut, content, width, height } = frame;
  const part = resizeMask(cropMask(mask, cut), content.width, content.height);
  const data = new Uint8Array(width * height);
  for (let y = 0; y < content.height; y++) {
    const row = part.data.subarray(y * content.width, (y + 1) * content.width);
    data.set(row, (y + content.top) * width + content.left);
  }
  return { width, height, data };
}

function cropMask(mask: Mask, { left, top, width, height }: Rectangle): Mask {
  const data = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    const start = (top + y) * mask.width + left;
    data.set(mask.data.subarray(start, start + width), y * width);
  }
  return { width, height, data };
}

/** Mean weight in [0, 1] of each `factor` x `factor` square of a mask: one number a latent, rows from the top. */
export function latentMask({ width, height, data }: Mask, factor: number): Float32Array<ArrayBuffer> {
  const w = width / factor;
  const out = new Float32Array((width / factor) * (height / factor));
  for (const [i, value] of data.entries()) {
    const x = Math.floor((i % width) / factor);
    const y = Math.floor(Math.floor(i / width) / factor);
    out[y * w + x]! += value / (255 * factor * factor);
  }
  return out;
}

/** `edited` where the mask is white, `original` where it is black, a mixture between. */
export function composite(original: Image, edited: Image, mask: Mask): Image {
  const data = Uint8Array.from(edited.data, (value, i) => {
    const weight = mask.data[Math.floor(i / 3)]! / 255;
    return Math.round(weight * value + (1 - weight) * original.data[i]!);
  });
  return { width: edited.width, height: edited.height, data };
}
