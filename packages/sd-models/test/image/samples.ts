import { readFileSync } from 'node:fs';
import { bytes } from './pillow.ts';

/** 8-bit RGB in base64. */
export interface StoredImage {
  readonly width: number;
  readonly height: number;
  readonly data: string;
}

interface Samples {
  readonly oriented: readonly {
    format: string;
    orientation: number;
    file: string;
    upright: StoredImage;
    released: StoredImage;
  }[];
  readonly profiled: readonly {
    name: string;
    file: string;
    profile: string | null;
    upright: StoredImage;
    original?: StoredImage;
  }[];
  readonly transparent: readonly { name: string; file: string; upright: StoredImage }[];
  readonly masks: readonly { name: string; file: string; hasAlpha: boolean; mask: string }[];
  readonly animated: readonly { format: string; file: string; upright: StoredImage }[];
  readonly bitmaps: readonly { name: string; file: string; upright: StoredImage; released: StoredImage }[];
  readonly avif: readonly { orientation: number; file: string; upright: StoredImage }[];
  readonly wideInks: { readonly file: string; readonly upright: StoredImage; readonly released: StoredImage };
  readonly phonePhoto: { readonly file: string; readonly upright: StoredImage };
  readonly rawPhoto: string;
}

/** Files as people have them, and what Pillow makes of them: reference/sd-models/pictures.py. */
export const samples = JSON.parse(
  readFileSync(new URL('../golden/image/pictures.json', import.meta.url), 'utf8'),
) as Samples;

export function decodedImage({ width, height, data }: StoredImage) {
  return { width, height, data: bytes(data) };
}

export function largestDifference(a: Uint8Array, b: Uint8Array): number {
  return a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i]!)), 0);
}
