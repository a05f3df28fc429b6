import type { Image } from '@lusd/sd-models';

/**
 * Over which pixels structural similarity is averaged: up to version 1.4.1 of torchmetrics over the inner ones, whose
 * window lies inside the picture; later also over the others, whose window sees the picture reflected at its border.
 */
export type SsimVariant = 'inner' | 'reflected';

const RADIUS = 5;
const SIGMA = 1.5;
const WINDOW = gaussianWindow();
const C1 = 0.01 ** 2;
const C2 = 0.03 ** 2;

/** One channel: values row by row. */
interface Plane {
  readonly width: number;
  readonly height: number;
  readonly data: Float64Array;
}

/**
 * Structural similarity of two pictures whose values are taken from 0 to 1: a Gaussian window of 11 x 11 and standard
 * deviation 1.5 a channel, the mean over channels and pixels. In double: torchmetrics' f32 loses variances of flat
 * parts, which it clamps at 0 from 1.3.2 on, and differs by some 1e-5 for it.
 *
 * @throws RangeError if the sizes differ or a side is shorter than 11
 * Source: Wang et al., "Image Quality Assessment" (2004), as torchmetrics computes it.
 */
export function ssim(a: Image, b: Image, variant: SsimVariant = 'inner'): number {
  if (a.width !== b.width || a.height !== b.height || Math.min(a.width, a.height) <= 2 * RADIUS) {
    throw new RangeError(
      `SSIM compares pictures of one size, at least 11 x 11, not ${a.width} x ${a.height} with ${b.width} x ${b.height}.`,
    );
  }
  const planes = [0, 1, 2].map((channel) => {
    const [x, y] = [channelOf(a, channel), channelOf(b, channel)];
    return variant === 'reflected' ? planeSsim(reflect(x), reflect(y)) : planeSsim(x, y);
  });
  return planes.reduce((sum, value) => sum + value, 0) / 3;
}

function planeSsim(x: Plane, y: Plane): number {
  const product = (p: Plane, q: Plane) => blur({ ...p, data: p.data.map((value, i) => value * q.data[i]!) });
  const [meanX, meanY, xx, yy, xy] = [blur(x), blur(y), product(x, x), product(y, y), product(x, y)];
  let sum = 0;
  for (let i = 0; i < meanX.length; i++) {
    const [mx, my] = [meanX[i]!, meanY[i]!];
    const variances = xx[i]! - mx * mx + (yy[i]! - my * my);
    const luminance = (2 * mx * my + C1) / (mx * mx + my * my + C1);
    sum += (luminance * (2 * (xy[i]! - mx * my) + C2)) / (variances + C2);
  }
  return sum / meanX.length;
}

/** Weighted means over the window, where it lies inside the plane: [height - 10, width - 10]. */
function blur({ width, height, data }: Plane): Float64Array {
  const [innerWidth, innerHeight] = [width - 2 * RADIUS, height - 2 * RADIUS];
  const rows = new Float64Array(innerWidth * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < innerWidth; x++) rows[y * innerWidth + x] = weigh(data, y * width + x, 1);
  }
  const output = new Float64Array(innerWidth * innerHeight);
  for (let i = 0; i < output.length; i++) output[i] = weigh(rows, i, innerWidth);
  return output;
}

function weigh(data: Float64Array, start: number, step: number): number {
  let sum = 0;
  for (let k = 0; k < WINDOW.length; k++) sum += WINDOW[k]! * data[start + k * step]!;
  return sum;
}

function channelOf({ width, height, data }: Image, channel: number): Plane {
  return {
    width,
    height,
    data: Float64Array.from({ length: width * height }, (_, i) => data[3 * i + channel]! / 255),
  };
}

/** The plane with a border of 5 pixels that mirrors it, without repeating the edge. */
function reflect({ width, height, data }: Plane): Plane {
  const [outerWidth, outerHeight] = [width + 2 * RADIUS, height + 2 * RADIUS];
  const mirrored = (position: number, size: number) => {
    const inside = Math.abs(position - RADIUS);
    return inside < size ? inside : 2 * (size - 1) - inside;
  };
  const outer = new Float64Array(outerWidth * outerHeight);
  for (let y = 0; y < outerHeight; y++) {
    const row = mirrored(y, height) * width;
    for (let x = 0; x < outerWidth; x++) outer[y * outerWidth + x] = data[row + mirrored(x, width)]!;
  }
  return { width: outerWidth, height: outerHeight, data: outer };
}

function gaussianWindow(): Float64Array {
  const weights = Float64Array.from({ length: 2 * RADIUS + 1 }, (_, k) =>
    Math.exp(-(((k - RADIUS) / SIGMA) ** 2) / 2),
  );
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}
