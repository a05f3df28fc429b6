import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Image } from '../../src/image/image.ts';
import { luminance as luminanceOf } from '../../src/image/luminance.ts';
import { readImage } from '../../src/node/decode.ts';
import { encodePng, writePng } from '../../src/node/encode.ts';
import { bytes, picture, pillow } from './pillow.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'image-'));
});

afterAll(() => rm(folder, { recursive: true }));

function golden(name: string): string {
  return fileURLToPath(new URL(`../golden/image/${name}`, import.meta.url));
}

async function store(name: string, content: Uint8Array | string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

describe('reading', () => {
  it.each(pillow.decoded)('$name equals Pillow', async ({ name, rgb, luminance }) => {
    const image = await readImage(golden(name), { pixels: 'released' });
    expect(image).toMatchObject({ width: 17, height: 13, data: bytes(rgb) });
    expect(luminanceOf(image)).toEqual({ width: 17, height: 13, data: bytes(luminance) });
  });

  it('sees that a file was overwritten', async () => {
    const path = join(folder, 'changing.png');
    for (const seed of [1, 2, 3]) {
      await writeFile(path, encodePng(picture([5, 4], seed)));
      expect(await readImage(path)).toMatchObject(picture([5, 4], seed));
    }
  });

  it('keeps the high byte of 16-bit grey', async () => {
    const pixels = Uint16Array.from({ length: 6 }, (_, i) => i * 12_000 + 255);
    const raw = { width: 3, height: 2, channels: 1 } as const;
    const path = join(folder, 'grey16.png');
    await sharp(pixels, { raw }).toColourspace('grey16').png().toFile(path);
    const expected = [...pixels].flatMap((value) => [value >> 8, value >> 8, value >> 8]);
    expect([...(await readImage(path)).data]).toEqual(expected);
  });
});

describe('a file that is no whole picture', () => {
  it('is named when missing', async () => {
    await expect(readImage(join(folder, 'none.png'))).rejects.toThrow(/none\.png cannot be read: ENOENT/);
  });

  it('is named when empty', async () => {
    await expect(readImage(await store('empty.jpg', ''))).rejects.toThrow(/empty\.jpg is empty \(0 bytes\)/);
  });

  it('is named when a folder', async () => {
    await mkdir(join(folder, 'folder.png'));
    await expect(readImage(join(folder, 'folder.png'))).rejects.toThrow(/folder\.png cannot be read: EISDIR/);
  });

  it('is named when something else', async () => {
    const path = await store('text.png', 'this is no picture');
    await expect(readImage(path)).rejects.toThrow(
      /text\.png is text that begins "this is no picture", not PNG; give a picture\.$/,
    );
  });

  it('is named when it claims to be huge', async () => {
    const claim = await readFile(golden('rgb.png'));
    claim.writeUInt32BE(100_000, 16);
    claim.writeUInt32BE(100_000, 20);
    const path = await store('huge.png', withHeaderChecksum(claim));
    await expect(readImage(path)).rejects.toThrow(/huge\.png cannot be decoded as PNG: .*pixel limit/);
  });

  const names = pillow.decoded.map(({ name }) => name);
  it.each(names)(
    'is named when %s is cut off, unless all pixels were there',
    { timeout: 60_000 },
    async (name) => {
      const whole = await readFile(golden(name));
      const expected = await readImage(golden(name));
      let refused = 0;
      for (let length = 1; length < whole.length; length += name.endsWith('.tif') ? 7 : 3) {
        const path = await store(`cut-${name}`, whole.subarray(0, length));
        const outcome = await readImage(path).catch((error: Error) => error);
        if (outcome instanceof Error) {
          refused++;
          // Of what is shorter than a header, the format cannot be told.
          expect(outcome.message).toMatch(length < 16 ? `cut-${name} ` : `cut-${name} cannot be decoded as `);
          expect(outcome.message).not.toContain('\n');
        } else {
          expect(outcome.data, `${length} of ${whole.length} bytes`).toEqual(expected.data);
        }
      }
      expect(refused).toBeGreaterThan(10);
    },
  );
});

/** Recomputes the checksum of a PNG's first chunk. */
function withHeaderChecksum(png: Buffer): Buffer {
  let crc = 0xffffffff;
  for (const byte of png.subarray(12, 29)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  png.writeUInt32BE((crc ^ 0xffffffff) >>> 0, 29);
  return png;
}

describe('writing', () => {
  const image: Image = picture([9, 7], 6);

  it('survives a round trip', async () => {
    const path = join(folder, 'written.png');
    await writePng(path, image);
    expect(await readImage(path)).toMatchObject(image);
    expect(await sharp(path).metadata()).toMatchObject({ format: 'png', channels: 3, depth: 'uchar' });
  });

  it('takes a view into a larger buffer', async () => {
    const larger = new Uint8Array(image.data.length + 5);
    larger.set(image.data, 5);
    const path = await store('view.png', encodePng({ ...image, data: larger.subarray(5) }));
    expect(await readImage(path)).toMatchObject(image);
  });

  it('replaces a file and leaves nothing else behind', async () => {
    const target = await mkdtemp(join(folder, 'target-'));
    await writeFile(join(target, 'a.png'), 'old');
    await writePng(join(target, 'a.png'), image);
    expect(await readdir(target)).toEqual(['a.png']);
    expect(await readImage(join(target, 'a.png'))).toMatchObject(image);
  });

  it('names a file that cannot be written, and cleans up', async () => {
    const target = await mkdtemp(join(folder, 'target-'));
    await mkdir(join(target, 'a.png'));
    await expect(writePng(join(target, 'a.png'), image)).rejects.toThrow(/a\.png cannot be written/);
    expect(await readdir(target)).toEqual(['a.png']);
    await expect(writePng(join(target, 'none', 'b.png'), image)).rejects.toThrow(
      /b\.png cannot be written: ENOENT/,
    );
  });

  it('refuses data that does not fill the image', () => {
    expect(() => encodePng({ width: 2, height: 2, data: new Uint8Array(3) })).toThrow(
      /takes 12 bytes, not 3/,
    );
  });
});
