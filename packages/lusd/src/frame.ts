import { cropRectangle, type Image, type Mask, resizeBicubic, resizeMask } from '@lusd/sd-models';
import { OptionError } from './errors.ts';

/** The size that a picture is edited at, and how it is brought there. */
export interface FrameOptions {
  /** Side of a square, [width, height], or 'original' for the picture's own, brought to multiples of 8. Default 512. */
  readonly size?: number | readonly [width: number, height: number] | 'original';
  /** Whether what does not fit is cut off ('crop', the default) or the rest filled by repeating the edge ('pad'). */
  readonly fit?: 'crop' | 'pad';
}

/** The frame's place in a picture: where it is cut, what it is resized to, how it is padded. */
export interface Frame {
  /** The rectangle of the picture that is edited. */
  readonly cut: Rectangle;
  /** Where the resized rectangle lies in the edited picture. */
  readonly content: Rectangle;
  /** Size of the edited picture, multiples of 8. */
  readonly width: number;
  readonly height: number;
}

export interface Rectangle {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/**
 * Where a picture of `width` x `height` is cut and what it becomes. The default is the released program's: the square
 * in the middle, resized to 512.
 * @throws OptionError for a size that is not a multiple of 8, or a picture too small to cut one from
 */
export function planFrame(
  width: number,
  height: number,
  { size = 512, fit = 'crop' }: FrameOptions = {},
): Frame {
  const isOriginal = size === 'original';
  const [w, h] = isOriginal
    ? originalSize(width, height, fit)
    : typeof size === 'number'
      ? [size, size]
      : size;
  if (!isSide(w) || !isSide(h)) throw new OptionError(`size must be multiples of 8, but is ${w} x ${h}`);
  if (fit === 'pad') {
    const shown: Size = isOriginal ? [width, height] : coveredBy(w, h, width / height);
    return {
      cut: centred(width, height, width, height),
      content: centred(w, h, ...shown),
      width: w,
      height: h,
    };
  }
  const taken: Size = isOriginal ? [w, h] : coveredBy(width, height, w / h);
  return { cut: centred(width, height, ...taken), content: centred(w, h, w, h), width: w, height: h };
}

type Size = readonly [width: number, height: number];

function originalSize(width: number, height: number, fit: 'crop' | 'pad'): Size {
  if (fit === 'pad') return [Math.ceil(width / 8) * 8, Math.ceil(height / 8) * 8];
  if (width >= 8 && height >= 8) return [width - (width % 8), height - (height % 8)];
  throw new OptionError(
    `a picture of ${width} x ${height} is too small to be edited at its own size; pad it, or give a size`,
  );
}

function isSide(side: number): boolean {
  return side >= 8 && side % 8 === 0;
}

/** The largest whole-pixel size of an aspect ratio within `width` x `height`. */
function coveredBy(width: number, height: number, aspect: number): Size {
  return width / height > aspect
    ? [Math.max(1, Math.round(height * aspect)), height]
    : [width, Math.max(1, Math.round(width / aspect))];
}

function centred(width: number, height: number, w: number, h: number): Rectangle {
  return { left: Math.floor((width - w) / 2), top: Math.floor((height - h) / 2), width: w, height: h };
}

/** The picture as it is edited. */
export function frameImage(image: Image, { cut, content, width, height }: Frame): Image {
  const part = cropRectangle(image, cut.left, cut.top, cut.width, cut.height);
  const resized = resizeBicubic(part, content.width, content.height);
  return content.width === width && content.height === height
    ? resized
    : padEdges(resized, content, width, height);
}

/** The content of an edited picture, without its padding. */
export function unframeImage(image: Image, { content }: Frame): Image {
  return cropRectangle(image, content.left, content.top, content.width, content.height);
}

function padEdges(image: Image, content: Rectangle, width: number, height: number): Image {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const sourceY = Math.min(Math.max(y - content.top, 0), content.height - 1);
    for (let x = 0; x < width; x++) {
      const sourceX = Math.min(Math.max(x - content.left, 0), content.width - 1);
      const from = (sourceY * content.width + sourceX) * 3;
      data.set(image.data.subarray(from, from + 3), (y * width + x) * 3);
    }
  }
  return { width, height, data };
}

/**
 * A user's mask, in the picture's geometry, as weights of the frame's pixels; padding never changes.
 * @throws OptionError when the mask's size is not the picture's
 */
export function frameMask(mask: Mask, image: { width: number; height: number }, frame: Frame): Mask {
  if (mask.width !== image.width || mask.height !== image.height) {
    throw new OptionError(
      `the mask is ${mask.width} x ${mask.height} but the picture is ${image.width} x ${image.height}; make them the same size`,
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
