import type { Image, Mask } from './image.ts';

/** ITU-R 601 luminance, as Pillow's `convert('L')`, bit for bit. */
export function luminance({ width, height, data: rgb }: Image): Mask {
  const data = new Uint8Array(width * height);
  for (let i = 0; i < data.length; i++) {
    data[i] = (19595 * rgb[3 * i]! + 38470 * rgb[3 * i + 1]! + 7471 * rgb[3 * i + 2]! + 0x8000) >> 16;
  }
  return { width, height, data };
}
