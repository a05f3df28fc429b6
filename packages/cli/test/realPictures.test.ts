import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Image } from '@lusd/sd-models';
import { encodePng, readImage } from '@lusd/sd-models/node';
import { describe, expect, test } from 'vitest';
import {
  type LusdEvent,
  lusd,
  ONE_ERROR,
  PROMPTS,
  QUICK,
  SHAPES,
  temporaryFolder,
  thorough,
} from './lusd.ts';
import { writeInput } from './pictures.ts';

interface StoredImage {
  readonly width: number;
  readonly height: number;
  readonly data: string;
}

interface Samples {
  readonly phonePhoto: { readonly file: string; readonly upright: StoredImage };
  readonly profiled: readonly { name: string; file: string; upright: StoredImage }[];
  readonly transparent: readonly { name: string; file: string; upright: StoredImage }[];
  readonly animated: readonly { format: string; file: string }[];
  readonly halfMask: string;
}

/** Made by reference/sd-models/pictures.py. */
const samples = JSON.parse(
  readFileSync(new URL('../../sd-models/test/golden/image/pictures.json', import.meta.url), 'utf8'),
) as Samples;

const folder = temporaryFolder();
const output = join(folder, 'out.png');

function store(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? Buffer.from(content, 'base64') : content);
  return path;
}

/** Two steps at 32 x 40, the photo's own size in multiples of 8 being 24 x 40. */
const AS_IT_IS = ['--size', 'original', '--fit', 'pad'];
const photo = store('IMG_0001.jpg', samples.phonePhoto.file);
const edit = (...flags: string[]) =>
  lusd('edit', ...QUICK, ...PROMPTS, '--output', output, '--json', ...flags);
const warnings = (events: readonly LusdEvent[]) => events.filter(({ event }) => event === 'warning');
const sizeOf = ({ width, height }: Image) => [width, height];

/** A picture of one channel: `level` of each pixel. */
function grey(width: number, height: number, level: (x: number, y: number) => number): Uint8Array {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const pixel = Math.trunc(i / 3);
    return level(pixel % width, Math.trunc(pixel / width));
  });
  return encodePng({ width, height, data });
}

const black = (width: number, height: number) => grey(width, height, () => 0);

describe('B03: a portrait that a phone stored lying', () => {
  test('is edited upright, with one warning', async () => {
    const { code, events } = edit(...AS_IT_IS, '--image', photo);
    expect(code).toBe(0);
    expect(warnings(events)).toEqual([
      {
        event: 'warning',
        path: photo,
        note: { kind: 'orientation', orientation: 6, isTurned: true },
        message: `${photo} was rotated upright according to its orientation tag (6)`,
      },
    ]);
    expect(sizeOf(await readImage(output))).toEqual([30, 40]);
  });

  test.each([
    ['an upright mask', 30, 40, []],
    ['a mask that lies as it does', 40, 30, ['maskTurned']],
  ])('%s fits: outside of it, the photo is untouched', async (_, width, height, kinds) => {
    // Only the photo's upper left quarter may change: of the lying mask, its lower left one.
    const isLying = width > height;
    const level = (x: number, y: number) =>
      x < width / 2 && (isLying ? y >= height / 2 : y < height / 2) ? 255 : 0;
    const mask = store('mask.png', grey(width, height, level));
    const { code, events } = edit(...AS_IT_IS, '--image', photo, '--mask', mask, '--composite');
    expect(code).toBe(0);
    const notes = warnings(events).filter(({ path }) => path === mask);
    expect(notes.map(({ note }) => (note as { kind: string }).kind)).toEqual(kinds);
    const { data } = await readImage(output);
    const original = Buffer.from(samples.phonePhoto.upright.data, 'base64');
    const changed = new Set<string>();
    for (const [i, value] of data.entries()) {
      const [x, y] = [Math.trunc(i / 3) % 30, Math.trunc(i / 90)];
      if (value !== original[i]) changed.add(`${x < 15 ? 'left' : 'right'} ${y < 20 ? 'upper' : 'lower'}`);
    }
    expect([...changed]).toEqual(['left upper']);
  });

  thorough('stays lying where the released program’s pixels are asked for', async () => {
    const { code, events } = edit(...AS_IT_IS, '--image', photo, '--pixels', 'released');
    expect(code).toBe(0);
    expect(warnings(events)).toMatchObject([{ note: { kind: 'orientation', isTurned: false } }]);
    expect(sizeOf(await readImage(output))).toEqual([40, 30]);
  });

  thorough('is turned by lusd run, too, with one warning for all its seeds', async () => {
    const input = writeInput(join(folder, 'input'), { 'p.jpg': readFileSync(photo) });
    const results = join(folder, 'results');
    const { code, events } = lusd(
      ...['run', ...QUICK, ...AS_IT_IS, '--json', '--num-seed', '2'],
      ...['--input-dir', input, '--output-dir', results],
    );
    expect(code).toBe(0);
    expect(warnings(events)).toMatchObject([{ note: { kind: 'orientation', isTurned: true } }]);
    for (const name of ['000_seed0.png', '000_seed1.png'])
      expect(sizeOf(await readImage(join(results, name)))).toEqual([30, 40]);
  });

  thorough('is turned by lusd generate, too', () => {
    const { width, height, data } = samples.phonePhoto.upright;
    const upright = store('upright.png', encodePng({ width, height, data: Buffer.from(data, 'base64') }));
    const generate = (...flags: string[]) => {
      const model = ['--weights', SHAPES, '--prompt', 'a red circle', '--steps', '2', '--size', '64x80'];
      const { code, events } = lusd('generate', ...model, '--json', '--output', output, ...flags);
      expect(code).toBe(0);
      return { events, result: readFileSync(output) };
    };
    const { events, result } = generate('--image', photo);
    expect(warnings(events)).toMatchObject([{ note: { kind: 'orientation', isTurned: true } }]);
    expect(generate('--image', upright).result.equals(result)).toBe(true);
    expect(generate('--image', photo, '--pixels', 'released').result.equals(result)).toBe(false);
  });

  test('is compared upright by lusd eval', () => {
    // The result, upright and without a tag, against the lying photo as ground truth: equal but for the JPEG's loss.
    const { width, height, data } = samples.phonePhoto.upright;
    const upright = encodePng({ width, height, data: Buffer.from(data, 'base64') });
    const [results, truth] = [join(folder, 'generated'), join(folder, 'truth')];
    for (const place of [results, truth]) mkdirSync(join(place, '1'), { recursive: true });
    writeFileSync(join(results, '1', '1_1.png'), upright);
    writeFileSync(join(truth, '1', '1-input.png'), upright);
    writeFileSync(join(truth, '1', '1-output1.png'), readFileSync(photo));
    const flags = ['--generated-path', results, '--gt-path', truth, '--metrics', 'l1', '--json'];
    const score = (...more: string[]) =>
      lusd('eval', ...flags, ...more).events.find(({ event }) => event === 'scores');
    expect(score()).toMatchObject({ l1: 0 });
    expect(score('--pixels', 'released')).not.toMatchObject({ l1: 0 });
  });
});

describe('B11: a mask whose shape is in its alpha', () => {
  test('covers its shape and nothing else', async () => {
    const picture = store(
      'p.png',
      grey(32, 32, (x, y) => 40 + 3 * x + 2 * y),
    );
    const { code, events } = edit(
      ...['--size', 'original', '--image', picture, '--composite'],
      ...['--mask', store('alpha.png', samples.halfMask)],
    );
    expect(code).toBe(0);
    expect(warnings(events)).toMatchObject([{ note: { kind: 'maskTransparency' } }]);
    const { data } = await readImage(output);
    const before = await readImage(picture);
    const differs = (isLeft: boolean) =>
      data.some((value, i) => Math.trunc(i / 3) % 32 < 16 === isLeft && value !== before.data[i]);
    expect({ left: differs(true), right: differs(false) }).toEqual({ left: true, right: false });
  });

  thorough('and one that is a photo is told', () => {
    const picture = store(
      'p.png',
      grey(30, 40, (x, y) => x + y),
    );
    const { code, events } = edit('--image', picture, '--mask', photo);
    expect(code).toBe(0);
    expect(warnings(events).map(({ message }) => message)).toContain(
      `the mask ${photo} looks like a photo; white is where the picture may change`,
    );
  });
});

test.each(samples.profiled.filter(({ name }) => name === 'Display P3 JPEG'))(
  'B25: what is untouched in a picture in $name looks as before',
  async ({ file, upright }) => {
    const picture = store('profiled', file);
    const mask = store('black.png', black(upright.width, upright.height));
    const { code, events } = edit(
      '--size',
      'original',
      '--fit',
      'pad',
      '--image',
      picture,
      '--mask',
      mask,
      '--composite',
    );
    expect(code).toBe(0);
    expect(warnings(events)).toMatchObject([
      { note: { kind: 'profile', isConverted: true } },
      { path: mask },
    ]);
    const { data } = await readImage(output);
    const expected = Buffer.from(upright.data, 'base64');
    expect(Math.max(...data.map((value, i) => Math.abs(value - expected[i]!)))).toBeLessThanOrEqual(1);
  },
);

test('B26: a transparent picture is edited over white, with a warning', async () => {
  const { file, upright } = samples.transparent.find(({ name }) => name === 'RGBA PNG')!;
  const picture = store('cutout.png', file);
  const mask = store('black.png', black(upright.width, upright.height));
  const flags = ['--size', 'original', '--fit', 'pad', '--image', picture, '--mask', mask, '--composite'];
  const { code, events } = edit(...flags);
  expect(code).toBe(0);
  expect(warnings(events).map(({ message }) => message)).toContain(
    `${picture} has transparent pixels, which were filled with white`,
  );
  const { data } = await readImage(output);
  const expected = Buffer.from(upright.data, 'base64');
  expect(Math.max(...data.map((value, i) => Math.abs(value - expected[i]!)))).toBeLessThanOrEqual(1);
});

thorough('an animation gives its first frame, with a warning', () => {
  const picture = store('moving.gif', samples.animated.find(({ format }) => format === 'GIF')!.file);
  const { code, stderr } = lusd('edit', ...QUICK, ...PROMPTS, '--image', picture, '--output', output);
  expect(code).toBe(0);
  expect(stderr).toContain(`warning: ${picture} has 2 frames or pages; the first was used`);
});

test.each([
  [
    'B27',
    'IMG.jpeg',
    '\0\0\0\x18ftypheic\0\0\0\0mif1heic',
    /IMG\.jpeg is HEIC \(as phones save it\), not JPEG; save it as JPEG or PNG\.$/,
  ],
  [
    'B16',
    'pointer.png',
    'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n',
    /pointer\.png is a Git LFS pointer, not PNG; get the picture itself with `git lfs pull`\.$/,
  ],
  [
    'B16',
    'page.png',
    '<!DOCTYPE html><p>Sign in',
    /page\.png is a web page that begins "<!DOCTYPE html><p>Sign in", not PNG; download the picture itself\.$/,
  ],
])('%s: %s is refused with what it is and what to do', (_, name, content, says) => {
  const never = join(folder, 'never.png');
  const path = store(name, Buffer.from(content, 'latin1'));
  const { code, stderr } = lusd('edit', ...QUICK, ...PROMPTS, '--image', path, '--output', never);
  expect(code).toBe(1);
  expect(stderr).toMatch(ONE_ERROR);
  expect(stderr).toMatch(says);
  expect(existsSync(never)).toBe(false);
});
