import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Image } from '../../src/image/image.ts';

type Size = readonly [width: number, height: number];

interface Fixtures {
  readonly resizes: readonly { source: Size; target: Size; rgb: string; firstChannel: string }[];
  readonly largeResizes: readonly { source: Size; target: Size; sha256: string }[];
  readonly clips: readonly { source: Size; sha256: string }[];
  readonly squares: readonly { source: Size; square: string; sha256OfPlanes: string }[];
  readonly decoded: readonly { name: string; rgb: string; luminance: string }[];
}

/** What Pillow makes of the pictures below: reference/sd-models/pillow_resize.py. */
export const pillow = JSON.parse(
  readFileSync(new URL('../golden/image/pillow.json', import.meta.url), 'utf8'),
) as Fixtures;

/** The script's pictures: noise with many extremes. */
export function picture([width, height]: Size, seed: number): Image {
  let state = seed;
  const data = Uint8Array.from({ length: width * height * 3 }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const top = state >>> 24;
    if (top < 64) return 0;
    return top > 191 ? 255 : (state >>> 16) & 0xff;
  });
  return { width, height, data };
}

export function bytes(base64: string): Uint8Array {
  return new Uint8Array(Buffer.from(base64, 'base64'));
}

export function sha256(data: Uint8Array | Float32Array): string {
  return createHash('sha256')
    .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    .digest('hex');
}
