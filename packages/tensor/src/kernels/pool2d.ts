import type { DType } from '../dtype.ts';
import { Tensor } from '../tensor.ts';
import { replaceAs } from './cast.ts';
import { run } from './run.ts';
import { defineKernel, valueType, type Width } from './wgsl.ts';

const WORKGROUP = 64;

/** Sizes of a pooling of images [N, H, W, C] to [N, H', W', C]. */
export interface PoolGeometry {
  readonly images: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly kernelY: number;
  readonly kernelX: number;
  readonly strideY: number;
  readonly strideX: number;
  readonly paddingY: number;
  readonly paddingX: number;
}

/**
 * What becomes of a window: its largest element, the mean of its pixels inside the image, or the mean of those inside the
 * padded image, where padding is 0.
 */
export type Pooling = 'max' | 'mean' | 'paddedMean';

/** `x` [N, H, W, C] pooled: [N, H', W', C]. NaN is the largest of all. */
export function pool2d(x: Tensor, pooling: Pooling, geometry: PoolGeometry): Tensor {
  const { outHeight, outWidth } = geometry;
  return launch('forward', [x], pooling, geometry, [outHeight, outWidth]);
}

/**
 * The gradient of `pool2d`: each pixel sums over the windows that hold it, so nothing scatters. A window's largest
 * element, of equals the first, has all of the window's gradient.
 * @param x what was pooled, which only the gradient of 'max' reads
 */
export function pool2dBackward(
  gradient: Tensor,
  x: Tensor | null,
  pooling: Pooling,
  geometry: PoolGeometry,
): Tensor {
  const { height, width } = geometry;
  return launch('backward', x ? [gradient, x] : [gradient], pooling, geometry, [height, width]);
}

function launch(
  direction: PoolVariant['direction'],
  operands: readonly [Tensor, ...Tensor[]],
  pooling: Pooling,
  geometry: PoolGeometry,
  size: readonly [height: number, width: number],
): Tensor {
  const [{ device, dtype }] = operands;
  const { images, channels } = geometry;
  const width: Width = channels % 4 === 0 ? 4 : 1;
  const outDtype = width === 4 ? dtype : 'f32';
  const dtypes = operands.map((operand) => operand.dtype);
  const kernel = poolKernel({ direction, pooling, dtypes, outDtype, width });
  const out = Tensor.empty(device, [images, ...size, channels], outDtype, kernel.name);
  const count = out.size / width;
  const { kernelY, kernelX } = geometry;
  run(kernel, [...operands, out], {
    params: paramsOf(geometry, count, width),
    workgroups: Math.ceil(count / WORKGROUP),
    flops: kernelY * kernelX * images * geometry.outHeight * geometry.outWidth * channels,
  });
  return replaceAs(out, dtype);
}

function paramsOf(g: PoolGeometry, count: number, width: Width) {
  return {
    count,
    channels: g.channels / width,
    height: g.height,
    width: g.width,
    out_height: g.outHeight,
    out_width: g.outWidth,
    kernel_y: g.kernelY,
    kernel_x: g.kernelX,
    stride_y: g.strideY,
    stride_x: g.strideX,
    padding_y: g.paddingY,
    padding_x: g.paddingX,
  };
}

const PARAMS = {
  count: 'u32',
  channels: 'u32',
  height: 'i32',
  width: 'i32',
  out_height: 'i32',
  out_width: 'i32',
  kernel_y: 'i32',
  kernel_x: 'i32',
  stride_y: 'i32',
  stride_x: 'i32',
  padding_y: 'i32',
  padding_x: 'i32',
} as const;

const COMMON = `
/** The pixels of a window that are inside the image. */
struct Window { top: i32, bottom: i32, left: i32, right: i32 }

fn window_of(row: i32, column: i32) -> Window {
  let top = row * params.stride_y - params.padding_y;
  let left = column * params.stride_x - params.padding_x;
  return Window(
    max(top, 0), min(top + params.kernel_y, params.height),
    max(left, 0), min(left + params.kernel_x, params.width));
}

/** The index of a pixel's element in images of the size of \`x\`. */
fn index_of(image: u32, y: i32, x: i32, channel: u32) -> u32 {
  let row = image * u32(params.height) + u32(y);
  return (row * u32(params.width) + u32(x)) * params.channels + channel;
}`;

const LARGEST = `
struct Largest { value: V, at: I }

fn is_nan(v: V) -> B {
  return (bitcast<I>(v) & I(0x7fffffffu)) > I(0x7f800000u);
}

/** The first of a window's largest elements, or its last NaN, as PyTorch has it. */
fn largest(image: u32, w: Window, channel: u32) -> Largest {
  let first = index_of(image, w.top, w.left, channel);
  var found = Largest(load_x(first), I(first));
  for (var y = w.top; y < w.bottom; y++) {
    for (var x = w.left; x < w.right; x++) {
      let at = index_of(image, y, x, channel);
      let value = load_x(at);
      let exceeds = is_nan(value) | (!is_nan(found.value) & (value > found.value));
      found = Largest(select(found.value, value, exceeds), select(found.at, I(at), exceeds));
    }
  }
  return found;
}`;

/** WGSL of the number by which a window's sum is divided. */
const PIXELS: Readonly<Record<'mean' | 'paddedMean', string>> = {
  mean: `
fn pixels_of(row: i32, column: i32) -> f32 {
  let w = window_of(row, column);
  return f32((w.bottom - w.top) * (w.right - w.left));
}`,
  paddedMean: `
fn pixels_of(row: i32, column: i32) -> f32 {
  let top = row * params.stride_y - params.padding_y;
  let left = column * params.stride_x - params.padding_x;
  let bottom = min(top + params.kernel_y, params.height + params.padding_y);
  let right = min(left + params.kernel_x, params.width + params.padding_x);
  return f32((bottom - top) * (right - left));
}`,
};

const MAX_FORWARD = `
fn element(image: u32, row: i32, column: i32, channel: u32) -> V {
  return largest(image, window_of(row, column), channel).value;
}`;

const MEAN_FORWARD = `
fn element(image: u32, row: i32, column: i32, channel: u32) -> V {
  let w = window_of(row, column);
  var sum = V();
  for (var y = w.top; y < w.bottom; y++) {
    for (var x = w.left; x < w.right; x++) {
      sum += load_x(index_of(image, y, x, channel));
    }
  }
  return sum / pixels_of(row, column);
}`;

/** @param share WGSL of what an element gets of the `gradient` of the window at `row` and `column` */
function backwardSource(share: string): string {
  return `
/** Windows (first, end) along an axis that hold \`pixel\`. */
fn holders(pixel: i32, kernel: i32, stride: i32, padding: i32, out_extent: i32) -> vec2i {
  let first = max(pixel + padding - kernel + stride, 0) / stride;
  return vec2i(first, min((pixel + padding) / stride + 1, out_extent));
}

fn element(image: u32, y: i32, x: i32, channel: u32) -> V {
  let own = I(index_of(image, y, x, channel));
  let rows = holders(y, params.kernel_y, params.stride_y, params.padding_y, params.out_height);
  let columns = holders(x, params.kernel_x, params.stride_x, params.padding_x, params.out_width);
  var sum = V();
  for (var row = rows.x; row < rows.y; row++) {
    for (var column = columns.x; column < columns.y; column++) {
      let pixel = (image * u32(params.out_height) + u32(row)) * u32(params.out_width) + u32(column);
      let gradient = load_gradient(pixel * params.channels + channel);
      sum += ${share};
    }
  }
  return sum;
}`;
}

const MAX_BACKWARD = backwardSource(
  'select(V(), gradient, largest(image, window_of(row, column), channel).at == own)',
);
const MEAN_BACKWARD = backwardSource('gradient / pixels_of(row, column)');

interface PoolVariant {
  readonly direction: 'forward' | 'backward';
  readonly pooling: Pooling;
  /** Of the operands, in their order. */
  readonly dtypes: readonly DType[];
  readonly outDtype: DType;
  readonly width: Width;
}

function sourceOf({ direction, pooling }: PoolVariant): string {
  if (pooling === 'max') return LARGEST + (direction === 'forward' ? MAX_FORWARD : MAX_BACKWARD);
  return PIXELS[pooling] + (direction === 'forward' ? MEAN_FORWARD : MEAN_BACKWARD);
}

const poolKernel = defineKernel((variant: PoolVariant) => {
  const { direction, pooling, dtypes, outDtype, width } = variant;
  const forward = direction === 'forward';
  const operands = forward ? ['x'] : ['gradient', 'x'];
  const [rows, columns] = forward
    ? ['u32(params.out_height)', 'u32(params.out_width)']
    : ['u32(params.height)', 'u32(params.width)'];
  return {
    name: `${pooling === 'max' ? 'max' : 'avg'}Pool2d${forward ? '' : 'Backward'}`,
    bindings: [
      ...dtypes.map((dtype, i) => ({ name: operands[i]!, dtype, width, access: 'read' as const })),
      { name: 'y', dtype: outDtype, width, access: 'write' as const },
    ],
    params: PARAMS,
    workgroup: [WORKGROUP, 1, 1],
    declarations: `alias V = ${valueType('f32', width)};
alias I = ${valueType('u32', width)};
alias B = ${width === 4 ? 'vec4<bool>' : 'bool'};
${COMMON}
${sourceOf(variant)}`,
    main: `
  let index = group_index * ${WORKGROUP}u + lane;
  if (index >= params.count) { return; }
  let channel = index % params.channels;
  let pixel = index / params.channels;
  let column = pixel % ${columns};
  let row = (pixel / ${columns}) % ${rows};
  let image = pixel / ${columns} / ${rows};
  store_y(index, element(image, i32(row), i32(column), channel));`,
  };
});
