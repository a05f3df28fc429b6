import { requireFloat } from '../dtype.ts';
import { ShapeError } from '../errors.ts';
import { record } from '../graph.ts';
import { type PoolGeometry, type Pooling, pool2d, pool2dBackward } from '../kernels/pool2d.ts';
import { formatShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';

/** How the windows of a pooling lie on the image; torch.nn.functional.max_pool2d. */
export interface Pool2dOptions {
  /** Pixels between two windows, along both dimensions or each. Default: `kernelSize`, so that they lie side by side. */
  stride?: number | readonly [vertical: number, horizontal: number];
  /** Pixels around the image, at most half a window, along both dimensions or each. Default 0. */
  padding?: number | readonly [vertical: number, horizontal: number];
  /** Whether a window may reach beyond the padded image where it begins inside of it. Default false. */
  ceilMode?: boolean;
}

/** As `Pool2dOptions`; torch.nn.functional.avg_pool2d. */
export interface AvgPool2dOptions extends Pool2dOptions {
  /** Whether the pixels of the padding, which are 0, count in the mean. Default true. */
  countIncludePad?: boolean;
}

/**
 * The largest element of every window of `kernelSize` pixels of `x` [N, H, W, C], channel by channel:
 * [N, H', W', C], where H' = floor((H + 2 padding - kernelSize) / stride) + 1, or with ceilMode ceil instead of floor, less
 * one where the last window would begin beyond the image. Padding is never the largest; NaN always is. The first of equals
 * has all of the gradient. f32 and f16. Reference: torch.nn.functional.max_pool2d.
 * @throws ShapeError, DTypeError
 */
export function maxPool2d(
  x: Tensor,
  kernelSize: number | readonly [height: number, width: number],
  options: Pool2dOptions = {},
): Tensor {
  return pool('maxPool2d', x, 'max', geometryOf('maxPool2d', x, kernelSize, options));
}

/**
 * The mean of every window, as `maxPool2d`. What reaches beyond the padded image does not count in it. f32 and f16,
 * summed in f32. Reference: torch.nn.functional.avg_pool2d.
 * @throws ShapeError, DTypeError
 */
export function avgPool2d(
  x: Tensor,
  kernelSize: number | readonly [height: number, width: number],
  options: AvgPool2dOptions = {},
): Tensor {
  const { countIncludePad = true } = options;
  const geometry = geometryOf('avgPool2d', x, kernelSize, options);
  return pool('avgPool2d', x, countIncludePad ? 'paddedMean' : 'mean', geometry);
}

function pool(name: string, x: Tensor, pooling: Pooling, geometry: PoolGeometry): Tensor {
  requireFloat(name, x.dtype);
  const readsX = pooling === 'max';
  return record(pool2d(x, pooling, geometry), () => ({
    name,
    inputs: [x],
    saved: readsX ? [x] : [],
    backward: (gradient, [saved]) => [pool2dBackward(gradient, saved ?? null, pooling, geometry)],
  }));
}

function geometryOf(
  op: string,
  x: Tensor,
  kernelSize: number | readonly [height: number, width: number],
  options: Pool2dOptions,
): PoolGeometry {
  const [images, height, width, channels] = x.shape;
  if (x.rank !== 4 || images === undefined || !height || !width || channels === undefined)
    throw new ShapeError(`${op}: needs images [N, H, W, C] with pixels, got ${formatShape(x.shape)}`);
  const { stride = kernelSize, padding = 0, ceilMode = false } = options;
  const kernel = integers(op, 'kernelSize', kernelSize, 1);
  const strides = integers(op, 'stride', stride, 1);
  const paddings = integers(op, 'padding', padding, 0);
  const extent = (size: number, axis: 0 | 1) =>
    outExtent(op, size, { kernel: kernel[axis], stride: strides[axis], padding: paddings[axis], ceilMode });
  return {
    images,
    height,
    width,
    channels,
    outHeight: extent(height, 0),
    outWidth: extent(width, 1),
    kernelY: kernel[0],
    kernelX: kernel[1],
    strideY: strides[0],
    strideX: strides[1],
    paddingY: paddings[0],
    paddingX: paddings[1],
  };
}

interface AxisWindows {
  readonly kernel: number;
  readonly stride: number;
  readonly padding: number;
  readonly ceilMode: boolean;
}

/** The number of windows along an axis; torch's `pooling_output_shape`. */
function outExtent(op: string, size: number, { kernel, stride, padding, ceilMode }: AxisWindows): number {
  if (padding > kernel / 2)
    throw new ShapeError(`${op}: padding ${padding} is more than half of a window of ${kernel}`);
  const steps = (size + 2 * padding - kernel) / stride;
  const count = (ceilMode ? Math.ceil(steps) : Math.floor(steps)) + 1;
  if (count < 1)
    throw new ShapeError(`${op}: a window of ${kernel} does not fit ${size} pixels with padding ${padding}`);
  return (count - 1) * stride >= size + padding ? count - 1 : count;
}

function integers(
  op: string,
  name: string,
  value: number | readonly [vertical: number, horizontal: number],
  least: number,
): readonly [vertical: number, horizontal: number] {
  const pair = typeof value === 'number' ? ([value, value] as const) : value;
  for (const number of pair) {
    if (!Number.isInteger(number) || number < least)
      throw new ShapeError(`${op}: ${name} must be an integer of at least ${least}, got ${number}`);
  }
  return pair;
}
