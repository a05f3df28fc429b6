import type { Image } from './image.ts';
import type { Pixels } from './orientation.ts';

/** Inks without a profile, as Pillow's `convert('RGB')`: each takes its share of the light that black leaves. */
export function cmykToRgb({ width, height, data: inks }: Pixels): Image {
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
