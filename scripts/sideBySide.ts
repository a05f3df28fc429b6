import { SIZE } from '@lusd/lusd/shapes';
import type { Image } from '@lusd/sd-models';

/** White between pictures, in pixels. */
const GAP = 6;

/** Drawn pictures, or their edits, in a row. */
export function sideBySide(images: readonly Image[]): Image {
  const width = images.length * SIZE + (images.length - 1) * GAP;
  const data = new Uint8Array(width * SIZE * 3).fill(255);
  for (const [i, image] of images.entries()) {
    for (let y = 0; y < SIZE; y++) {
      const row = image.data.subarray(y * SIZE * 3, (y + 1) * SIZE * 3);
      data.set(row, (y * width + i * (SIZE + GAP)) * 3);
    }
  }
  return { width, height: SIZE, data };
}
