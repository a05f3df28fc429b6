import type { Image, Mask } from './image.ts';
import { luminance } from './luminance.ts';
import type { Pixels } from './orientation.ts';

/** Whether any pixel of 8-bit RGBA lets through what lies behind it. */
export function isTransparent({ data }: Pixels): boolean {
  for (let i = 3; i < data.length; i += 4) if (data[i] !== 255) return true;
  return false;
}

/** 8-bit RGBA blended over white. */
export function overWhite(rgba: Pixels): Image {
  return mapColours(rgba, (value, alpha) => Math.round((value * alpha + 255 * (255 - alpha)) / 255));
}

/** The colours of 8-bit RGBA, those of invisible pixels too. */
export function withoutAlpha(rgba: Pixels): Image {
  return mapColours(rgba, (value) => value);
}

/** Luminance times alpha of 8-bit RGBA: what is transparent is as black. */
export function luminanceTimesAlpha(rgba: Pixels): Mask {
  const { width, height, data } = luminance(withoutAlpha(rgba));
  return { width, height, data: data.map((value, i) => Math.round((value * rgba.data[4 * i + 3]!) / 255)) };
}

function mapColours({ width, height, data }: Pixels, map: (value: number, alpha: number) => number): Image {
  const rgb = new Uint8Array(width * height * 3);
  for (let from = 0, to = 0; from < data.length; from += 4) {
    const alpha = data[from + 3]!;
    for (let channel = 0; channel < 3; channel++) rgb[to++] = map(data[from + channel]!, alpha);
  }
  return { width, height, data: rgb };
}
