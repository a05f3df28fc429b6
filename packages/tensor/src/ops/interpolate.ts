import { requireFloat } from '../dtype.ts';
import { ShapeError } from '../errors.ts';
import { record } from '../graph.ts';
import {
  type AxisMap,
  type Filter,
  MAX_EXTENT_PRODUCT,
  type ResampleShape,
  resample,
  resampleBackward,
} from '../kernels/resample.ts';
import { stridedCopy } from '../kernels/stridedCopy.ts';
import { dims, formatShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';

/** Height and width of the result, in pixels. */
export type ImageSize = readonly [height: number, width: number];

/** Where the pixels of a resized image lie; torch.nn.functional.interpolate. */
export interface InterpolateOptions {
  /** Maps corner pixels to corner pixels instead of edges to edges. Default false. */
  alignCorners?: boolean;
}

const NEAREST: Filter = { name: 'upsampleNearest', taps: 1, before: 0, weight: 'return 1.0;' };
const BILINEAR: Filter = { name: 'interpolateBilinear', taps: 2, before: 0, weight: 'return 1.0 - d;' };
/** Keys' cubic convolution with a = -0.75. */
const BICUBIC: Filter = {
  name: 'interpolateBicubic',
  taps: 4,
  before: 1,
  weight: `let near = (1.25 * d - 2.25) * d * d + 1.0;
  let far = ((-0.75 * d + 3.75) * d - 6.0) * d + 3.0;
  return select(far, near, d <= 1.0);`,
};

/**
 * `x` [N, H, W, C] resized to `size` by repeating (or leaving out) pixels: pixel i of an axis is pixel
 * floor(i in / out) of `x`, in exact arithmetic. Reference: torch.nn.functional.interpolate, mode 'nearest'.
 * @throws ShapeError, DTypeError
 */
export function upsampleNearest(x: Tensor, size: ImageSize): Tensor {
  return interpolate(x, size, NEAREST, (from, to) => ({ scale: from, shift: 0, divisor: to }));
}

/**
 * `x` [N, H, W, C] resized to `size` by linear interpolation along both axes, without antialiasing.
 * Reference: torch.nn.functional.interpolate, mode 'bilinear'.
 * @throws ShapeError, DTypeError
 */
export function interpolateBilinear(x: Tensor, size: ImageSize, options: InterpolateOptions = {}): Tensor {
  return interpolate(x, size, BILINEAR, options.alignCorners ? corners : pixelCentres);
}

/**
 * `x` [N, H, W, C] resized to `size` by cubic convolution along both axes (a = -0.75, the border repeated), without
 * antialiasing. Reference: torch.nn.functional.interpolate, mode 'bicubic'.
 * @throws ShapeError, DTypeError
 */
export function interpolateBicubic(x: Tensor, size: ImageSize, options: InterpolateOptions = {}): Tensor {
  return interpolate(x, size, BICUBIC, options.alignCorners ? corners : pixelCentres);
}

/** The coordinate (i + 1/2) in / out - 1/2. */
function pixelCentres(from: number, to: number): AxisMap {
  return { scale: 2 * from, shift: from - to, divisor: 2 * to };
}

/** The coordinate i (in - 1) / (out - 1). With one pixel on either side the scale is of no effect, but never 0. */
function corners(from: number, to: number): AxisMap {
  return { scale: Math.max(1, from - 1), shift: 0, divisor: Math.max(1, to - 1) };
}

function interpolate(
  x: Tensor,
  to: ImageSize,
  filter: Filter,
  map: (from: number, to: number) => AxisMap,
): Tensor {
  requireFloat(filter.name, x.dtype);
  const from = imageSize(filter.name, x);
  requireSize(filter.name, from, to);
  const shape: ResampleShape = { from, to, maps: [map(from[0], to[0]), map(from[1], to[1])] };
  const multiplies = to.every((extent, axis) => extent % from[axis]! === 0);
  const y = filter === NEAREST && multiplies ? repeatPixels(x, from, to) : resample(x, filter, shape);
  return record(y, () => ({
    name: filter.name,
    inputs: [x],
    saved: [],
    backward: (gradient) => [resampleBackward(gradient, filter, shape)],
  }));
}

/** Whole factors repeat pixels, which a strided copy does several times faster than a search for coordinates. */
function repeatPixels(x: Tensor, [height, width]: ImageSize, to: ImageSize): Tensor {
  const [images, , , channels] = dims(NEAREST.name, x, ['N', 'H', 'W', 'C']);
  const axes = [
    { extent: images, stride: height * width * channels },
    { extent: height, stride: width * channels },
    { extent: to[0] / height, stride: 0 },
    { extent: width, stride: channels },
    { extent: to[1] / width, stride: 0 },
    { extent: channels, stride: 1 },
  ];
  return stridedCopy(x, axes, { name: NEAREST.name, shape: [images, ...to, channels] });
}

function imageSize(op: string, x: Tensor): ImageSize {
  const [, height, width] = x.shape;
  if (x.rank !== 4 || !height || !width) {
    throw new ShapeError(`${op}: needs images [N, H, W, C] with pixels, got ${formatShape(x.shape)}`);
  }
  return [height, width];
}

function requireSize(op: string, from: ImageSize, to: ImageSize): void {
  const valid = to.length === 2 && to.every((extent) => Number.isInteger(extent) && extent > 0);
  if (!valid) throw new ShapeError(`${op}: size [${to.join(', ')}] is not a height and a width in pixels`);
  if (from.some((extent, axis) => extent * to[axis]! > MAX_EXTENT_PRODUCT)) {
    throw new ShapeError(`${op}: resizing ${formatShape(from)} to ${formatShape(to)} overflows 32 bits`);
  }
}
