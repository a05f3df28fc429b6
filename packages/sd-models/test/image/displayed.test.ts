import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Image } from '../../src/image/image.ts';
import { type Orientation, turnUpright } from '../../src/image/orientation.ts';
import { readImage, readMask } from '../../src/node/decode.ts';
import { encodePng } from '../../src/node/encode.ts';
import { bytes, picture } from './pillow.ts';
import { decodedImage, largestDifference, samples } from './samples.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'displayed-'));
});

afterAll(() => rm(folder, { recursive: true }));

async function store(name: string, content: Uint8Array | string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, typeof content === 'string' ? Buffer.from(content, 'base64') : content);
  return path;
}

describe.each(samples.oriented)('B03: $format of orientation $orientation', (sample) => {
  const { orientation } = sample;
  const isTurned = orientation !== 1;

  it('is read upright, as Pillow’s exif_transpose', async () => {
    expect(await readImage(await store('turned', sample.file))).toEqual({
      ...decodedImage(sample.upright),
      orientation,
      notes: isTurned ? [{ kind: 'orientation', orientation, isTurned }] : [],
    });
  });

  it('is read as the released program does, which turns nothing but TIFF', async () => {
    const image = await readImage(await store('turned', sample.file), { pixels: 'released' });
    expect(image).toMatchObject(decodedImage(sample.released));
    expect(image.notes).toEqual(
      isTurned ? [{ kind: 'orientation', orientation, isTurned: sample.format === 'TIFF' }] : [],
    );
  });
});

it('B03: AVIF is turned by its decoder', async () => {
  for (const { file, upright } of samples.avif) {
    const image = await readImage(await store('p.avif', file));
    expect([image.width, image.height]).toEqual([upright.width, upright.height]);
    // Two decoders of a lossy format.
    expect(largestDifference(image.data, bytes(upright.data))).toBeLessThanOrEqual(4);
    expect(image.notes).toEqual([]);
  }
});

describe('B03: the mask of a picture that is turned', () => {
  const stored = (width: number, height: number, orientation: Orientation) => {
    const { width: w, height: h, data } = turnUpright(picture([width, height], 1), orientation);
    return { width: w, height: h, data, orientation };
  };
  const grey = ({ width, height, data }: { width: number; height: number; data: Uint8Array }): Image => ({
    width,
    height,
    data: Uint8Array.from({ length: width * height * 3 }, (_, i) => data[i - (i % 3)]!),
  });
  const mask = grey(picture([5, 3], 2));

  it.each([5, 6, 7, 8] as const)(
    'is turned with it where it has the stored size (%d)',
    async (orientation) => {
      const upright = await readMask(await store('m.png', encodePng(mask)), {
        of: stored(5, 3, orientation),
      });
      expect(upright.notes).toEqual([{ kind: 'maskTurned', orientation }]);
      const expected = turnUpright(mask, orientation);
      expect(grey3(upright)).toEqual(expected);
    },
  );

  it.each([5, 6, 7, 8] as const)('is left alone where it has the upright size (%d)', async (orientation) => {
    const left = await readMask(await store('m.png', encodePng(mask)), { of: stored(3, 5, orientation) });
    expect(left.notes).toEqual([]);
    expect(grey3(left)).toEqual(mask);
  });

  it.each([
    [2, 5, 3],
    [3, 5, 3],
    [4, 5, 3],
    [6, 4, 4],
  ] as const)('is taken as upright, with a note, where sizes do not tell (%d)', async (orientation, w, h) => {
    const same = grey(picture([w, h], 2));
    const left = await readMask(await store('m.png', encodePng(same)), { of: stored(w, h, orientation) });
    expect(left.notes).toEqual([{ kind: 'maskNotTurned', orientation }]);
    expect(grey3(left)).toEqual(same);
  });

  it('is left alone where it has another size', async () => {
    const small = grey(picture([2, 2], 2));
    const left = await readMask(await store('m.png', encodePng(small)), { of: stored(5, 3, 6) });
    expect(grey3(left)).toEqual(small);
  });

  it('is left alone where the picture was not turned', async () => {
    const path = await store('m.png', encodePng(mask));
    const left = await readMask(path, { of: stored(5, 3, 6), pixels: 'released' });
    expect(grey3(left)).toEqual(mask);
  });

  it.each(samples.oriented)('has its own orientation ($format $orientation)', async (sample) => {
    const upright = decodedImage(sample.upright);
    const { width, height, notes } = await readMask(await store('m', sample.file), {
      of: { ...upright, orientation: 1 },
    });
    expect([width, height]).toEqual([upright.width, upright.height]);
    expect(notes.some(({ kind }) => kind === 'maskTurned' || kind === 'maskNotTurned')).toBe(false);
    // And another than the picture's: a mask that was stored lying, for a picture stored upside down.
    const other = await readMask(await store('m', sample.file), { of: { ...upright, orientation: 3 } });
    expect([other.width, other.height]).toEqual([upright.width, upright.height]);
  });

  function grey3({ width, height, data }: { width: number; height: number; data: Uint8Array }): Image {
    return {
      width,
      height,
      data: Uint8Array.from({ length: width * height * 3 }, (_, i) => data[Math.trunc(i / 3)]!),
    };
  }
});

describe.each(samples.masks)('B11: a mask that is $name', ({ file, hasAlpha, mask }) => {
  it('is luminance times alpha', async () => {
    const path = await store('mask', file);
    for (const pixels of ['displayed', 'released'] as const) {
      const { data, notes } = await readMask(path, { pixels });
      expect(data).toEqual(bytes(mask));
      expect(notes.filter(({ kind }) => kind === 'maskTransparency')).toHaveLength(hasAlpha ? 1 : 0);
    }
  });
});

describe('B11: a doubtful mask', () => {
  const maskOf = async (colour: (i: number) => readonly number[]) => {
    const data = Uint8Array.from({ length: 20 * 20 * 3 }, (_, i) => colour(Math.trunc(i / 3))[i % 3]!);
    return readMask(await store('mask.png', encodePng({ width: 20, height: 20, data })));
  };
  const grey = (value: number) => [value, value, value];

  it('is told where it looks like a photo', async () => {
    const { notes } = await maskOf((i) => [(i * 7) % 256, (i * 5) % 256, (i * 3) % 256]);
    expect(notes).toEqual([{ kind: 'maskColours', greyLevels: expect.any(Number) }]);
    expect(notes[0]).toHaveProperty(
      'greyLevels',
      expect.toSatisfy((levels: number) => levels > 64),
    );
  });

  it('is told where it has colours', async () => {
    const { notes } = await maskOf((i) => (i < 200 ? [255, 0, 0] : grey(255)));
    expect(notes).toEqual([{ kind: 'maskColours', greyLevels: 2 }]);
  });

  it.each([
    ['black', () => 0, 0, 0],
    ['white', () => 255, 255, 255],
    ['of zeros and ones', (i: number) => i % 2, 0, 1],
    ['without black', (i: number) => 200 + (i % 2), 200, 201],
  ] as const)('is told where it is %s', async (_, level, darkest, brightest) => {
    expect((await maskOf((i) => grey(level(i)))).notes).toEqual([{ kind: 'maskLevels', darkest, brightest }]);
  });

  it.each([
    ['sharp', (i: number) => (i < 200 ? 0 : 255)],
    ['soft', (i: number) => Math.min(i, 255)],
  ] as const)('is not one that is grey and %s', async (_, level) => {
    expect((await maskOf((i) => grey(level(i)))).notes).toEqual([]);
  });
});

describe.each(samples.profiled)('B25: colours with a profile: $name', (sample) => {
  // LittleCMS's own ways of computing differ by 3 for the press's table.
  const tolerance = sample.name.startsWith('CMYK') ? 3 : 1;

  it('are converted to sRGB, as Pillow’s ImageCms', async () => {
    const { data, notes } = await readImage(await store('p', sample.file));
    expect(largestDifference(data, bytes(sample.upright.data))).toBeLessThanOrEqual(tolerance);
    const { profile } = sample;
    expect(notes).toEqual(profile === null ? [] : [{ kind: 'profile', profile, isConverted: true }]);
  });

  it('are left alone for the released program, with a note', async () => {
    const { data, notes } = await readImage(await store('p', sample.file), { pixels: 'released' });
    const { profile } = sample;
    expect(notes).toEqual(profile === null ? [] : [{ kind: 'profile', profile, isConverted: false }]);
    const difference = largestDifference(data, bytes(sample.upright.data));
    if (profile === null) expect(difference).toBe(0);
    else expect(difference).toBeGreaterThan(5);
  });
});

it('B25: inks of 16 bits are converted by their profile, and for the released program by Pillow’s rule', async () => {
  const { file, upright, released } = samples.wideInks;
  const path = await store('inks.tif', file);
  const { data } = await readImage(path);
  expect(largestDifference(data, bytes(upright.data))).toBeLessThanOrEqual(3);
  expect(await readImage(path, { pixels: 'released' })).toMatchObject(decodedImage(released));
});

it.each(samples.profiled.flatMap(({ original, ...sample }) => (original ? [{ ...sample, original }] : [])))(
  'B25: $name gives the colours that the picture had in sRGB',
  async ({ file, original }) => {
    const { data } = await readImage(await store('p', file));
    expect(largestDifference(data, bytes(original.data))).toBeLessThanOrEqual(2);
  },
);

describe.each(samples.transparent)('B26: what is transparent: $name', ({ file, upright }) => {
  it('is blended over white, as Pillow’s alpha_composite', async () => {
    const { data, notes } = await readImage(await store('p', file));
    expect(largestDifference(data, bytes(upright.data))).toBeLessThanOrEqual(1);
    expect(notes).toEqual([{ kind: 'transparency', isBlended: true }]);
  });

  it('shows its hidden colours for the released program, with a note', async () => {
    const { notes } = await readImage(await store('p', file), { pixels: 'released' });
    expect(notes).toEqual([{ kind: 'transparency', isBlended: false }]);
  });
});

it('B26: two cut-outs that look the same are the same, whatever colours they hide', async () => {
  const cutout = async (name: string, hidden: readonly number[]) => {
    const isShown = (i: number) => i % 16 < 8 && i < 8 * 16;
    const raw = { width: 16, height: 16, channels: 4 } as const;
    const data = Uint8Array.from({ length: 16 * 16 * 4 }, (_, i) => {
      const pixel = isShown(Math.trunc(i / 4)) ? [20, 90, 200, 255] : [...hidden, 0];
      return pixel[i % 4]!;
    });
    return store(name, await sharp(data, { raw }).png().toBuffer());
  };
  const [black, red] = [await cutout('black.png', [0, 0, 0]), await cutout('red.png', [255, 0, 0])];
  expect(await readImage(red)).toEqual(await readImage(black));
  const released = async (path: string) => (await readImage(path, { pixels: 'released' })).data;
  expect(await released(red)).not.toEqual(await released(black));
});

it.each(samples.animated)(
  'an animated or paged $format gives its first frame, with a note',
  async (sample) => {
    const image = await readImage(await store('p', sample.file));
    expect(image).toMatchObject(decodedImage(sample.upright));
    expect(image.notes).toEqual([{ kind: 'frames', frames: 2 }]);
  },
);
