import { describe, expect, it } from 'vitest';
import { centerCrop, cropSquare } from '../../src/image/crop.ts';
import { fromSignedPlanes, toClipPlanes, toSignedPlanes } from '../../src/image/planes.ts';
import { bytes, picture, pillow, sha256 } from './pillow.ts';

describe.each(pillow.squares)('the square of $source', ({ source, square, sha256OfPlanes }) => {
  const size = Math.min(...source);
  const cropped = cropSquare(picture(source, 4));

  it('is cut from the middle', () => {
    expect(cropped).toEqual({ width: size, height: size, data: bytes(square) });
  });

  it('has the planes of the released program', () => {
    expect(sha256(toSignedPlanes(cropped))).toBe(sha256OfPlanes);
  });
});

describe('toClipPlanes', () => {
  it.each(pillow.clips)('equals torchvision’s preprocessing from $source', ({ source, sha256: expected }) => {
    expect(sha256(toClipPlanes(picture(source, 3)))).toBe(expected);
  });
});

describe('fromSignedPlanes', () => {
  it('clamps and truncates', () => {
    // Red, green and blue of two pixels: 0.5 * 255 = 127.5, and 0.99999 * 255 = 254.997.
    const planes = Float32Array.of(-1, 0, 0.99998, 1, -7, 7);
    expect([...fromSignedPlanes(planes, 2, 1).data]).toEqual([0, 254, 0, 127, 255, 255]);
  });

  it('refuses to make NaN black', () => {
    expect(() => fromSignedPlanes(Float32Array.of(0, Number.NaN, 0), 1, 1)).toThrow(
      'The decoded picture contains NaN because the model overflowed; load its weights as f32.',
    );
  });

  it('refuses planes of another size', () => {
    expect(() => fromSignedPlanes(new Float32Array(11), 2, 2)).toThrow(
      /11 values are not an image of 3 x 2 x 2/,
    );
  });
});

describe('centerCrop', () => {
  it.each([
    [[5, 4], 4, 0],
    [[7, 4], 4, 2],
    [[9, 4], 4, 2],
  ] as const)('of %j at %d starts in column %d', (source, size, left) => {
    const image = picture(source, 5);
    expect(centerCrop(image, size).data.slice(0, 3)).toEqual(image.data.slice(3 * left, 3 * left + 3));
  });

  it('refuses a picture that is too small', () => {
    expect(() => centerCrop(picture([5, 3], 1), 4)).toThrow(
      /square of 4 cannot be cut from an image of 5 x 3/,
    );
  });
});
