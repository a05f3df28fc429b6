import { fileURLToPath } from 'node:url';
import type { Image } from '@lusd/sd-models';
import { readImage } from '@lusd/sd-models/node';
import { SIZE } from '../../src/shapes/index.ts';

const COLUMNS = 8;

/** The tuning pictures, drawn by reference/shapes and edited by its LUSD, in pairs [before, after]. */
export async function editedPairs(): Promise<readonly (readonly [Image, Image])[]> {
  const sheet = await readImage(fileURLToPath(new URL('../golden/shapes/edited.png', import.meta.url)));
  const count = (COLUMNS / 2) * (sheet.height / SIZE);
  return Array.from({ length: count }, (_, i) => [tile(sheet, 2 * i), tile(sheet, 2 * i + 1)]);
}

function tile({ width, data }: Image, index: number): Image {
  const out = new Uint8Array(SIZE * SIZE * 3);
  const corner = Math.floor(index / COLUMNS) * SIZE * width + (index % COLUMNS) * SIZE;
  for (let row = 0; row < SIZE; row++) {
    const start = (corner + row * width) * 3;
    out.set(data.subarray(start, start + SIZE * 3), row * SIZE * 3);
  }
  return { width: SIZE, height: SIZE, data: out };
}
