import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { encodeWebp, readImage } from '../../src/node/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'lusd-webp-'));

/** Colours that change from pixel to pixel in no order: what compresses worst. */
function noise(width: number, height: number) {
  let state = 1;
  const data = Uint8Array.from({ length: width * height * 3 }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
  return { width, height, data };
}

test('a small picture is kept to the pixel', async () => {
  const image = noise(96, 64);
  const { width, height, bytes } = await encodeWebp(image, { maxSide: 512, maxBytes: 80_000 });
  const path = join(folder, 'small.webp');
  writeFileSync(path, bytes);
  expect([width, height]).toEqual([96, 64]);
  expect(await readImage(path)).toMatchObject(image);
});

test('a picture that is larger than the limit is made smaller, in its proportions', async () => {
  const image = { width: 600, height: 300, data: new Uint8Array(600 * 300 * 3).fill(90) };
  const { width, height, bytes } = await encodeWebp(image, { maxSide: 200, maxBytes: 80_000 });
  expect([width, height]).toEqual([200, 100]);
  const path = join(folder, 'reduced.webp');
  writeFileSync(path, bytes);
  const read = await readImage(path);
  expect([read.width, read.height]).toEqual([200, 100]);
  expect(read.data.every((value) => Math.abs(value - 90) <= 1)).toBe(true);
});

test('the file is within the limit, whatever the picture', async () => {
  const { width, bytes } = await encodeWebp(noise(512, 512), { maxSide: 512, maxBytes: 20_000 });
  expect(bytes.length).toBeLessThanOrEqual(20_000);
  expect(width).toBeGreaterThan(100);
});
