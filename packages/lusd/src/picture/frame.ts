import { cropRectangle, type Image, resizeBicubic } from '@lusd/sd-models';
import { OptionError } from '../errors.ts';

/** The size that a picture is edited at, and how it is fitted to it. */
export interface FrameOptions {
  /**
   * Side of a square, [width, height], or 'original' for the picture's own, brought to multiples of the autoencoder's
   * factor. Default 512.
   */
  readonly size?: number | readonly [width: number, height: number] | 'original' | undefined;
  /** Whether what does not fit is cut off ('crop', the default) or the rest filled by repeating the edge ('pad'). */
  readonly fit?: 'crop' | 'pad' | undefined;
}

/** The frame's place in a picture: where it is cut, what it is resized to, how it is padded. */
export interface Frame {
  /** The rectangle of the picture that is edited. */
  readonly cut: Rectangle;
  /** Where the resized rectangle lies in the edited picture. */
  readonly content: Rectangle;
  /** Size of the edited picture, multiples of the autoencoder's factor. */
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
 * Where a picture is cut and what it becomes. The default is the released program's: the square in the middle, resized
 * to 512.
 *
 * @param factor pixels a latent in each direction, of which the sides are multiples: the autoencoder's
 * @throws OptionError for a size that is not such a multiple, or a picture that is too small
 */
export function planFrame(
  { width, height }: { readonly width: number; readonly height: number },
  factor: number,
  { size = 512, fit = 'crop' }: FrameOptions = {},
): Frame {
  const isOriginal = size === 'original';
  const [w, h] = isOriginal
    ? originalSize(width, height, fit, factor)
    : typeof size === 'number'
      ? [size, size]
      : size;
  if (![w, h].every((side) => side >= factor && side % factor === 0))
    throw new OptionError('size', `must be multiples of ${factor}, but is ${w} x ${h}`);
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

function originalSize(width: number, height: number, fit: 'crop' | 'pad', factor: number): Size {
  if (fit === 'pad') return [Math.ceil(width / factor) * factor, Math.ceil(height / factor) * factor];
  if (width >= factor && height >= factor) return [width - (width % factor), height - (height % factor)];
  throw new OptionError(
    'size',
    `cannot be the picture's own, since ${width} x ${height} is too small; use fit 'pad', or give a size`,
  );
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
