import { expectAllClose } from '@lusd/testing/allClose';
import { describe, expect, test } from 'vitest';
import { dinoPixels } from '../../src/dino/preprocess.ts';
import { structurePixels } from '../../src/dino/structurePixels.ts';
import { toDinoPlanes } from '../../src/image/planes.ts';
import { picture, sha256 } from '../image/pillow.ts';
import '../support/device.ts';
import { readGolden } from '../support/golden.ts';

interface DinoPixels {
  readonly kind: 'dino';
  readonly source: [number, number];
  readonly sha256: string;
}

interface StructurePixels {
  readonly kind: 'structure';
  readonly source: [number, number];
  readonly white: 255 | 1;
  readonly antialias: boolean;
}

/** Every such element of prepared pixels is stored. */
const STRIDE = 211;
const cases = await readGolden<DinoPixels | StructurePixels>('dino_pixels');

describe('toDinoPlanes', () => {
  const ofDino = cases.flatMap(({ name, record }) => (record.kind === 'dino' ? [{ name, ...record }] : []));
  test.each(ofDino)(
    "$name equals torchvision's preprocessing bit for bit",
    ({ source, sha256: expected }) => {
      expect(sha256(toDinoPlanes(picture(source, 3)))).toBe(expected);
    },
  );
});

test('dinoPixels stacks pictures', async () => {
  const images = [picture([300, 225], 3), picture([57, 100], 4)];
  using pixels = dinoPixels(images);
  expect(pixels.shape).toEqual([2, 224, 224, 3]);
  const data = await pixels.data();
  const planes = toDinoPlanes(images[1]!);
  for (const [y, x, c] of [
    [0, 0, 0],
    [3, 200, 2],
    [223, 223, 1],
  ] as const) {
    expect(data[((224 + y) * 224 + x) * 3 + c]).toBe(planes[(c * 224 + y) * 224 + x]);
  }
  expect(() => dinoPixels([])).toThrow('dinoPixels: pass at least one picture.');
});

describe('structurePixels', () => {
  const ofStructure = cases.flatMap(({ name, record, tensors }) =>
    record.kind === 'structure' ? [{ name, ...record, expected: tensors.get('pixels')!.data }] : [],
  );
  test.each(ofStructure)("$name equals torchvision's", async ({ source, white, antialias, expected }) => {
    using pixels = structurePixels([picture(source, 5)], { white, antialias });
    expect(pixels.shape).toEqual([1, 224, 224, 3]);
    expectAllClose(
      (await pixels.data()).filter((_, i) => i % STRIDE === 0),
      expected,
      { rtol: 1e-5 },
    );
  });

  test('takes pictures of several sizes; white is 255 and nothing is antialiased unless asked', async () => {
    const images = [picture([512, 512], 5), picture([57, 100], 5)];
    using pixels = structurePixels(images);
    using released = structurePixels([images[1]!], { white: 255, antialias: false });
    expect((await pixels.data()).slice(224 * 224 * 3)).toEqual(await released.data());
    expect(() => structurePixels([])).toThrow('structurePixels: pass at least one picture.');
  });
});
