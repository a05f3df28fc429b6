import type { Image, Mask } from './image.ts';
import { luminance } from './luminance.ts';
import type { Pixels } from './orientation.ts';

/** Whether any pixel of 8-bit RGBA lets through what lies behind it. */
export function isTransparent({ data }: Pixels): boolean {
  for (let i = 3; i < data.length; i += 4) if (data[i] !== 255) return true;
  return false;
}

/** 8-bit RGBA blended over white. */
export function overWhite({ width, height, data: rgba }: Pixels): Image {
  const data = new Uint8Array(width * height * 3);
  for (let from = 0, to = 0; from < rgba.length; from += 4) {
    const alpha = rgba[from + 3]!;
    const white = 255 * (255 - alpha);
    for (let channel = 0; channel < 3; channel++)
      data[to++] = Math.round((rgba[from + channel]! * alpha + white) / 255);
  }
  return { width, height, data };
}

/** The colours of 8-bit RGBA, those of invisible pixels too. */
export function withoutAlpha({ width, height, data: rgba }: Pixels): Image {
  const data = new Uint8Array(width * height * 3);
  for (let from = 0, to = 0; from < rgba.length; from += 4)
    for (let channel = 0; channel < 3; channel++) data[to++] = rgba[from + channel]!;
  return { width, height, data };
}

/** Luminance times alpha of 8-bit RGBA: transparent pixels are black. */
export function luminanceTimesAlpha(rgba: Pixels): Mask {
  const mask = luminance(withoutAlpha(rgba));
  for (let i = 0; i < mask.data.length; i++)
    mask.data[i] = Math.round((mask.data[i]! * rgba.data[4 * i + 3]!) / 255);
  return mask;
}
