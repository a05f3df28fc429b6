import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readImage } from '../../src/node/decode.ts';
import { bytes } from './pillow.ts';
import { decodedImage, samples } from './samples.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'formats-'));
});

afterAll(() => rm(folder, { recursive: true }));

async function store(name: string, content: Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

describe.each(samples.bitmaps)('B27: a BMP of $name', ({ file, upright, released }) => {
  it('is read as Pillow does, whatever it is called', async () => {
    for (const name of ['p.bmp', 'p.jpeg']) {
      const path = await store(name, bytes(file));
      expect(await readImage(path)).toMatchObject(decodedImage(upright));
      expect(await readImage(path, { pixels: 'released' })).toMatchObject(decodedImage(released));
    }
  });

  it('is refused where it is cut off', async () => {
    const whole = bytes(file);
    for (let length = 26; length < whole.length - 3; length++) {
      const path = await store('cut.bmp', whole.subarray(0, length));
      await expect(readImage(path), `${length} bytes`).rejects.toThrow(
        /cut\.bmp cannot be decoded as BMP: the file is truncated; copy it again, or save it as PNG or JPEG\.$/,
      );
    }
  });
});

it.each<[what: string, offset: number, value: number, says: string]>([
  ['is compressed', 30, 1, 'compressed bitmaps are not supported'],
  ['has 2 bits', 28, 2, 'bitmaps of 2 bits per pixel are not supported'],
  ['claims to be huge', 20, 0x7fff, 'a size of 2147418118 x 5 is not possible'],
])('B27: a BMP that %s is refused', async (_, offset, value, says) => {
  const whole = Buffer.from(samples.bitmaps[0]!.file, 'base64');
  whole.writeUInt16LE(value, offset);
  await expect(readImage(await store('odd.bmp', whole))).rejects.toThrow(
    `odd.bmp cannot be decoded as BMP: ${says};`,
  );
});

/** The first box of an ISO base media file. */
function brands(major: string, ...compatible: string[]): Buffer {
  const text = `ftyp${major}\0\0\0\0${compatible.join('')}`;
  const box = Buffer.alloc(4 + text.length);
  box.writeUInt32BE(box.length);
  box.write(text, 4, 'latin1');
  return Buffer.concat([box, Buffer.from('\0\0\0\x08free', 'latin1')]);
}

const latin1 = (text: string) => Buffer.from(text, 'latin1');
const LFS = `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 12345\n`;
const SAVE = 'save it as JPEG or PNG';

describe.each<[name: string, content: Buffer | string, says: string]>([
  ['IMG.jpeg', brands('heic', 'mif1', 'heic'), `HEIC (as phones save it), not JPEG; ${SAVE}`],
  ['IMG.HEIC', brands('heic', 'mif1', 'heic'), `HEIC (as phones save it); ${SAVE}`],
  ['IMG.JPG', brands('mif1', 'heic'), `HEIC (as phones save it), not JPEG; ${SAVE}`],
  ['burst.png', brands('hevc', 'hevc'), `HEIC (as phones save it), not PNG; ${SAVE}`],
  ['other.heif', brands('mif1', 'mif1', 'j2ki'), `HEIF; ${SAVE}`],
  ['moving.avif', brands('avis', 'avif', 'msf1'), 'an animated AVIF; save one of its frames as PNG'],
  ['new.jpg', latin1('\xff\x0a\xfa\x7f'), `JPEG XL, not JPEG; ${SAVE}`],
  ['boxed.jxl', latin1('\0\0\0\x0cJXL \r\n\x87\n\0\0\0'), `JPEG XL; ${SAVE}`],
  ['old.jp2', latin1('\0\0\0\x0cjP  \r\n\x87\n\0\0\0'), `JPEG 2000; ${SAVE}`],
  ['layers.png', latin1('8BPS\0\x01\0\0'), `a Photoshop document, not PNG; ${SAVE}`],
  ['page.pdf', latin1('%PDF-1.7\n%\xe2\xe3'), 'a PDF document; export its page as PNG'],
  ['drawing.svg', '<svg xmlns="http://www.w3.org/2000/svg"/>', 'an SVG drawing; export it as PNG'],
  ['d.png', '\ufeff<?xml version="1.0"?>\n<svg/>', 'an SVG drawing, not PNG; export it as PNG'],
  ['clip.jpg', brands('isom', 'isom', 'mp42'), 'an MP4 video, not JPEG; save one of its frames as PNG'],
  ['clip.mov', brands('qt  ', 'qt  '), 'a QuickTime video; save one of its frames as PNG'],
  [
    'clip.webp',
    latin1('\x1a\x45\xdf\xa3\x9f\x42'),
    'a WebM or Matroska video, not WebP; save one of its frames as PNG',
  ],
  [
    'photo.dng',
    Buffer.from(samples.rawPhoto, 'base64'),
    'a raw photo of a camera; develop it and save it as JPEG or PNG',
  ],
  [
    'photo.tif',
    Buffer.from(samples.rawPhoto, 'base64'),
    'a raw photo of a camera, not TIFF; develop it and save it as JPEG or PNG',
  ],
  [
    'photo.cr2',
    latin1('II*\0\x10\0\0\0CR\x02\0'),
    'a raw photo of a camera; develop it and save it as JPEG or PNG',
  ],
  [
    'photo.cr3',
    brands('crx ', 'crx ', 'isom'),
    'a raw photo of a camera; develop it and save it as JPEG or PNG',
  ],
  ['photo.raf', 'FUJIFILMCCD-RAW 0201', 'a raw photo of a camera; develop it and save it as JPEG or PNG'],
  ['p.ppm', 'P6\n2 2\n255\n', `PNM; ${SAVE}`],
  ['p.zip', latin1('PK\x03\x04\x14\0'), 'a ZIP archive; unpack it first'],
  ['zeros.png', Buffer.alloc(300), 'filled with zeros, not PNG; copy or download it again'],
  ['B16.png', LFS, 'a Git LFS pointer, not PNG; get the picture itself with `git lfs pull`'],
  [
    'B16.jpg',
    '\n<!DOCTYPE html>\n<html><title>Sign in</title>',
    'a web page that begins "<!DOCTYPE html> <html><title>Sign in</title>", not JPEG; download the picture itself',
  ],
  [
    'B16.webp',
    '{"error":"Unauthorized"}',
    'JSON that begins "{\\"error\\":\\"Unauthorized\\"}", not WebP; download the picture itself, whose address may need a login or a token',
  ],
  [
    'note.png',
    'to do: take the picture',
    'text that begins "to do: take the picture", not PNG; give a picture',
  ],
  ['long.txt', `${'é'.repeat(70)}\n`, `text that begins "${'é'.repeat(60)}…"; give a picture`],
  ['noise.png', latin1('\x01\x02\x03\x04\xff\xfe\0\0\x07'), `of no known format, not PNG; ${SAVE}`],
])('B16, B27: %s of another format', (name, content, says) => {
  it(`is ${says}`, async () => {
    const path = await store(name, Buffer.from(content));
    await expect(readImage(path)).rejects.toThrow(new Error(`${path} is ${says}.`));
  });
});

it('B27: AVIF is no HEIC, whatever else its first box names', async () => {
  for (const box of [brands('avif', 'mif1', 'miaf'), brands('mif1', 'avif', 'heic')]) {
    await expect(readImage(await store('p.avif', box))).rejects.toThrow(
      /p\.avif cannot be decoded as AVIF: /,
    );
  }
});

it('samples of another type than whole numbers are refused, not cut to black and white', async () => {
  const header = 8;
  const tags = [
    [256, 4, 1, 1],
    [257, 4, 1, 1],
    [258, 3, 1, 32],
    [259, 3, 1, 1],
    [262, 3, 1, 1],
    [273, 4, 1, header + 2 + 9 * 12 + 4],
    [277, 3, 1, 1],
    [279, 4, 1, 4],
    [339, 3, 1, 3],
  ];
  const tiff = Buffer.alloc(header + 2 + tags.length * 12 + 4 + 4);
  tiff.write('II*\0', 'latin1');
  tiff.writeUInt32LE(header, 4);
  tiff.writeUInt16LE(tags.length, header);
  for (const [i, [tag, type, count, value]] of tags.entries()) {
    const at = header + 2 + i * 12;
    tiff.writeUInt16LE(tag!, at);
    tiff.writeUInt16LE(type!, at + 2);
    tiff.writeUInt32LE(count!, at + 4);
    tiff.writeUInt32LE(value!, at + 8);
  }
  tiff.writeFloatLE(0.5, tiff.length - 4);
  await expect(readImage(await store('float.tif', tiff))).rejects.toThrow(
    /float\.tif cannot be decoded as TIFF: its samples are of type float, not whole numbers of 8 or 16 bits;/,
  );
});
