import { PNG } from 'pngjs';
import { expect, test } from 'vitest';
import { encodePng, readImage, readMask } from '../../src/node/index.ts';

/** 2 x 1 pixels: the first as transparent as is said, the second opaque. */
function pngWith(alpha: number): Uint8Array {
  const png = new PNG({ width: 2, height: 1 });
  png.data = Buffer.from([255, 255, 255, alpha, 10, 20, 30, 255]);
  return PNG.sync.write(png);
}

test.each([0, 60, 255])(
  'a mask of what is transparent is white by 255 less alpha, here %i',
  async (alpha) => {
    const mask = await readMask({ name: 'mask', bytes: pngWith(alpha) }, { white: 'transparent' });
    expect([...mask.data]).toEqual([255 - alpha, 0]);
  },
);

test('a mask without transparency has nothing that is transparent', async () => {
  const bytes = encodePng({ width: 2, height: 1, data: new Uint8Array([255, 255, 255, 0, 0, 0]) });
  expect([...(await readMask({ name: 'mask', bytes }, { white: 'transparent' })).data]).toEqual([0, 0]);
  expect([...(await readMask({ name: 'mask', bytes })).data]).toEqual([255, 0]);
});

test('a picture from bytes is named by its name, and empty bytes are refused', async () => {
  const data = new Uint8Array([1, 2, 3, 4, 5, 6]);
  const {
    width,
    height,
    data: read,
  } = await readImage({ name: 'sent', bytes: encodePng({ width: 2, height: 1, data }) });
  expect({ width, height, read }).toEqual({ width: 2, height: 1, read: data });
  await expect(readImage({ name: 'sent', bytes: new Uint8Array() })).rejects.toThrow(
    /The image sent is empty/,
  );
  await expect(readImage({ name: 'sent', bytes: Buffer.from('text') })).rejects.toThrow(/^sent is text/);
});
