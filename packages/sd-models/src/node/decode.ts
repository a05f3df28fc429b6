import { readFile } from 'node:fs/promises';
import sharp, { type Metadata, type Sharp } from 'sharp';
import type { Image, Mask } from '../image/image.ts';

export interface DecodeOptions {
  /** Turn the picture upright as its EXIF orientation says. Pillow does not, so by default neither does this. */
  readonly autoOrient?: boolean;
}

/** Pillow refuses pictures above this too; a file of a few bytes can claim any size. */
const MAX_PIXELS = 178_956_970;

/**
 * Reads a JPEG, PNG, WebP, GIF (its first frame), TIFF or AVIF file as Pillow's `Image.open(path).convert('RGB')`, bit
 * for bit: colour profiles are ignored, alpha is dropped without blending, palettes and CMYK are converted.
 *
 * Known differences: 16-bit grey keeps its high byte, where Pillow clips to white; transparent pixels of a GIF are
 * black; AVIF decodes with other rounding.
 * @throws Error naming the file, where it is missing, empty, damaged, cut off, too large or no picture.
 */
export async function readImage(path: string, { autoOrient = false }: DecodeOptions = {}): Promise<Image> {
  const bytes = await readBytes(path);
  try {
    const picture = sharp(bytes, {
      ignoreIcc: true,
      failOn: 'error',
      limitInputPixels: MAX_PIXELS,
      autoOrient,
    });
    const metadata = await picture.metadata();
    return await (metadata.space === 'cmyk' ? decodeCmyk(picture) : decodeRgb(picture, metadata));
  } catch (error) {
    throw new Error(`${path} cannot be decoded as an image: ${reason(error)}; save it anew as PNG or JPEG.`, {
      cause: error,
    });
  }
}

/**
 * Reads any picture as one channel of luminance (ITU-R 601), as Pillow's `convert('L')`.
 * @throws Error as {@link readImage}.
 */
export async function readMask(path: string, options: DecodeOptions = {}): Promise<Mask> {
  const { width, height, data: rgb } = await readImage(path, options);
  const data = new Uint8Array(width * height);
  for (let i = 0; i < data.length; i++) {
    data[i] = (19595 * rgb[3 * i]! + 38470 * rgb[3 * i + 1]! + 7471 * rgb[3 * i + 2]! + 0x8000) >> 16;
  }
  return { width, height, data };
}

// Not left to sharp, which remembers files by their name and may return what one held before.
async function readBytes(path: string): Promise<Buffer> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw new Error(`The image ${path} cannot be read: ${reason(error)}.`, { cause: error });
  });
  if (bytes.length === 0) throw new Error(`The image ${path} is empty (0 bytes); copy or save it again.`);
  return bytes;
}

async function decodeRgb(picture: Sharp, metadata: Metadata): Promise<Image> {
  const rgb = metadata.hasAlpha ? picture.removeAlpha() : picture;
  const { data, info } = await rgb
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  return {
    width: info.width,
    height: info.height,
    data: new Uint8Array(data.buffer, data.byteOffset, data.length),
  };
}

/** Pillow's conversion: each ink takes its share of the light that black leaves. */
async function decodeCmyk(picture: Sharp): Promise<Image> {
  const { data: inks, info } = await picture
    .pipelineColourspace('cmyk')
    .toColourspace('cmyk')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  const { width, height } = info;
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) {
    const light = 255 - inks[4 * i + 3]!;
    for (let channel = 0; channel < 3; channel++) {
      data[3 * i + channel] = light - multiplyBytes(inks[4 * i + channel]!, light);
    }
  }
  return { width, height, data };
}

/** a b / 255, rounded. */
function multiplyBytes(a: number, b: number): number {
  const product = a * b + 128;
  return ((product >> 8) + product) >> 8;
}

/** The first line of an error: native decoders add what they tried. */
function reason(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split('\n', 1)[0]!.replace(/\.$/, '');
}
