import type { Image, Mask } from '@lusd/sd-models';
import { describe, expect, test } from 'vitest';
import { OptionError } from '../../src/index.ts';
import { type FrameOptions, frameImage, planFrame, unframeImage } from '../../src/picture/frame.ts';
import { composite, frameMask, latentMask } from '../../src/picture/mask.ts';

/** The frame of a picture for an autoencoder of 8 pixels a latent. */
function frameOf(width: number, height: number, options?: FrameOptions) {
  return planFrame({ width, height }, 8, options);
}

function gradientImage(width: number, height: number): Image {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const pixel = Math.floor(i / 3);
    return [((pixel % width) * 255) / width, (Math.floor(pixel / width) * 255) / height, 128][i % 3]!;
  });
  return { width, height, data };
}

describe('planFrame', () => {
  test('by default cuts the square in the middle and resizes it to 512', () => {
    const frame = frameOf(701, 500);
    expect(frame.cut).toEqual({ left: 100, top: 0, width: 500, height: 500 });
    expect([frame.width, frame.height]).toEqual([512, 512]);
  });

  test('keeps the original size, cut to multiples of 8', () => {
    const frame = frameOf(701, 500, { size: 'original' });
    expect([frame.width, frame.height]).toEqual([696, 496]);
    expect(frame.cut).toEqual({ left: 2, top: 2, width: 696, height: 496 });
  });

  test('cuts to another aspect ratio', () => {
    expect(frameOf(1000, 1000, { size: [512, 256] }).cut).toEqual({
      left: 0,
      top: 250,
      width: 1000,
      height: 500,
    });
  });

  test('pads instead of cutting', () => {
    const frame = frameOf(1000, 500, { size: 512, fit: 'pad' });
    expect(frame.content).toEqual({ left: 0, top: 128, width: 512, height: 256 });
    expect(frame.cut).toEqual({ left: 0, top: 0, width: 1000, height: 500 });
  });

  test('pads the original size up to multiples of 8', () => {
    const frame = frameOf(701, 500, { size: 'original', fit: 'pad' });
    expect([frame.width, frame.height]).toEqual([704, 504]);
    expect(frame.cut).toEqual({ left: 0, top: 0, width: 701, height: 500 });
    expect(frame.content).toEqual({ left: 1, top: 2, width: 701, height: 500 });
  });

  test('a picture too small for its own size is named', () => {
    expect(() => frameOf(100, 7, { size: 'original' })).toThrow(/option size .*100 x 7 is too small/);
    expect(frameOf(100, 7, { size: 'original', fit: 'pad' })).toMatchObject({ width: 104, height: 8 });
  });

  test.each([500, 4, 12.5])('size %s is refused', (size) => {
    expect(() => frameOf(100, 100, { size })).toThrow(OptionError);
  });

  test('the multiples are those of the autoencoder', () => {
    const frame = planFrame({ width: 701, height: 500 }, 16, { size: 'original' });
    expect([frame.width, frame.height]).toEqual([688, 496]);
    expect(() => planFrame({ width: 701, height: 500 }, 16, { size: 504 })).toThrow(
      new OptionError('size', 'must be multiples of 16, but is 504 x 504'),
    );
  });
});

test('padding repeats the edge and is taken off again', () => {
  const image = gradientImage(64, 32);
  const frame = frameOf(64, 32, { size: 64, fit: 'pad' });
  const framed = frameImage(image, frame);
  expect(framed.data.subarray(0, 3)).toEqual(image.data.subarray(0, 3));
  expect(unframeImage(framed, frame)).toEqual(image);
});

test('a mask follows the frame, and padding never changes', () => {
  const white: Mask = { width: 64, height: 32, data: new Uint8Array(64 * 32).fill(255) };
  const frame = frameOf(64, 32, { size: 64, fit: 'pad' });
  const mask = frameMask(white, { width: 64, height: 32 }, frame);
  const rows = Array.from({ length: 64 }, (_, y) => mask.data[y * 64]);
  expect(rows.filter((v) => v === 255)).toHaveLength(32);
  expect(rows.slice(0, 16).every((v) => v === 0)).toBe(true);
  expect(() => frameMask(white, { width: 10, height: 10 }, frame)).toThrow(/64 x 32, .* 10 x 10/);
});

test('the weight of a latent is the mean over its pixels', () => {
  const data = new Uint8Array(16 * 8);
  data.fill(255, 0, 64);
  for (let i = 0; i < 128; i++) data[i] = i % 16 < 4 ? 255 : 0;
  expect(Array.from(latentMask({ width: 16, height: 8, data }, 8))).toEqual(
    [0.5, 0].map((v) => expect.closeTo(v, 5)),
  );
});

test('compositing keeps the original where the mask is black', () => {
  const original: Image = { width: 3, height: 1, data: new Uint8Array(9).fill(10) };
  const edited: Image = { width: 3, height: 1, data: new Uint8Array(9).fill(110) };
  const mask: Mask = { width: 3, height: 1, data: Uint8Array.from([0, 255, 51]) };
  expect(Array.from(composite(original, edited, mask).data)).toEqual([10, 10, 10, 110, 110, 110, 30, 30, 30]);
});
