import { describe, expect, it } from 'vitest';
import { resizeBicubic, resizeMask, resizeShortSide } from '../../src/image/resize.ts';
import { bytes, picture, pillow, sha256 } from './pillow.ts';

describe('resizeBicubic', () => {
  it.each(pillow.resizes)('equals Pillow from $source to $target', ({ source, target, rgb }) => {
    const [width, height] = target;
    expect(resizeBicubic(picture(source, 1), width, height)).toEqual({ width, height, data: bytes(rgb) });
  });

  it.each(pillow.largeResizes)(
    'equals Pillow from $source to $target',
    ({ source, target, sha256: expected }) => {
      expect(sha256(resizeBicubic(picture(source, 2), ...target).data)).toBe(expected);
    },
  );

  it('copies at the same size', () => {
    const image = picture([4, 3], 1);
    const copy = resizeBicubic(image, 4, 3);
    expect(copy).toEqual(image);
    expect(copy.data).not.toBe(image.data);
  });

  it.each([
    [0, 4],
    [4, -1],
    [2.5, 4],
    [Number.NaN, 4],
  ])('refuses the size %d x %d', (width, height) => {
    expect(() => resizeBicubic(picture([4, 3], 1), width, height)).toThrow(/cannot be resized to/);
  });

  it('refuses data that does not fill the image', () => {
    expect(() => resizeBicubic({ width: 2, height: 2, data: new Uint8Array(4) }, 1, 1)).toThrow(
      /takes 12 bytes, not 4/,
    );
  });
});

describe('resizeMask', () => {
  it.each(pillow.resizes)('equals Pillow from $source to $target', ({ source, target, firstChannel }) => {
    const { width, height, data } = picture(source, 1);
    const mask = resizeMask({ width, height, data: data.filter((_, i) => i % 3 === 0) }, ...target);
    expect(mask.data).toEqual(bytes(firstChannel));
  });
});

describe('resizeShortSide', () => {
  it.each([
    [
      [300, 225],
      [298, 224],
    ],
    [
      [225, 300],
      [224, 298],
    ],
    [
      [50, 50],
      [224, 224],
    ],
  ] as const)('takes %j to %j', (source, [width, height]) => {
    expect(resizeShortSide(picture(source, 1), 224)).toMatchObject({ width, height });
  });
});
