import sharp from 'sharp';
import { checkPixels, type Image } from '../image/image.ts';

/** How large a WebP file may become. */
export interface WebpLimits {
  /** Of the longer side, in pixels; a larger picture is made smaller. */
  readonly maxSide: number;
  /** Of the file. */
  readonly maxBytes: number;
}

/** A WebP file, and the size of its picture. */
export interface WebpFile {
  readonly width: number;
  readonly height: number;
  readonly bytes: Uint8Array;
}

/** Pictures of so few pixels are stored without loss where that fits: lossy WebP halves the resolution of colour. */
const SMALL = 256 * 256;
const QUALITIES = [85, 70, 55, 40];
/** What the sides are multiplied by when no quality makes the file small enough. */
const SHRINK = 0.7;

/** The picture as a WebP file within limits: first its quality gives way, then its size. */
export async function encodeWebp(image: Image, { maxSide, maxBytes }: WebpLimits): Promise<WebpFile> {
  checkPixels(image, 3);
  const { width, height, data } = image;
  const longer = Math.max(width, height);
  for (let side = Math.min(maxSide, longer); ; side = Math.round(side * SHRINK)) {
    const size = [width, height].map((length) => Math.max(1, Math.round((length * side) / longer)));
    const [w = 1, h = 1] = size;
    const resized = sharp(data, { raw: { width, height, channels: 3 } }).resize(w, h, { fit: 'fill' });
    const isSmall = w * h <= SMALL;
    const attempts = [...(isSmall ? [{ lossless: true }] : []), ...QUALITIES.map((quality) => ({ quality }))];
    for (const options of attempts) {
      const bytes = await resized.clone().webp(options).toBuffer();
      if (bytes.length <= maxBytes || side === 1) return { width: w, height: h, bytes };
    }
  }
}
