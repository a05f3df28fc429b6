import type { DType } from '../dtype.ts';
import { dims } from '../shape.ts';
import { Tensor } from '../tensor.ts';
import { replaceAs } from './cast.ts';
import { run } from './run.ts';
import { defineKernel, valueType, type Width } from './wgsl.ts';

const WORKGROUP = 64;

/** Which pixels a coordinate is made of. */
export interface Filter {
  readonly name: string;
  /** Neighbouring pixels with a weight. */
  readonly taps: number;
  /** How many of them come before the pixel at the floor of the coordinate. */
  readonly before: number;
  /** WGSL of a pixel's weight at distance `d` from the coordinate. */
  readonly weight: string;
}

/** Output pixel i of an axis lies at the input coordinate (scale i + shift) / divisor: exact in integers. */
export interface AxisMap {
  readonly scale: number;
  readonly shift: number;
  readonly divisor: number;
}

/** Images [N, from, C] and [N, to, C] with the map of each axis. */
export interface ResampleShape {
  readonly from: readonly [height: number, width: number];
  readonly to: readonly [height: number, width: number];
  readonly maps: readonly [height: AxisMap, width: AxisMap];
}

/** Larger products of input and output extent overflow the coordinates' 32 bits. */
export const MAX_EXTENT_PRODUCT = 2 ** 29;

/** `x` [N, H, W, C] at the coordinates of `shape`: [N, H', W', C]. Pixels beyond the border repeat it. */
export function resample(x: Tensor, filter: Filter, shape: ResampleShape): Tensor {
  return launch(filter.name, 'forward', x, filter, shape, shape.to);
}

/**
 * The gradient of `resample`: each input pixel sums, in order, over the output pixels within its reach (found by
 * inverting the map), so nothing scatters.
 */
export function resampleBackward(gradient: Tensor, filter: Filter, shape: ResampleShape): Tensor {
  return launch(`${filter.name}Backward`, 'backward', gradient, filter, shape, shape.from);
}

function launch(
  name: string,
  direction: 'forward' | 'backward',
  x: Tensor,
  filter: Filter,
  { from, to, maps }: ResampleShape,
  size: readonly [number, number],
): Tensor {
  const [images, , , channels] = dims(name, x, ['N', 'H', 'W', 'C']);
  const width: Width = channels % 4 === 0 ? 4 : 1;
  const dtype = width === 4 ? x.dtype : 'f32';
  const out = Tensor.empty(x.device, [images, ...size, channels], dtype, name);
  const kernel = resampleKernel({ direction, ...filter, name, dtype: x.dtype, outDtype: dtype, width });
  const count = out.size / width;
  const [h, w] = maps;
  run(kernel, [x, out], {
    params: {
      count,
      channels: channels / width,
      height: from[0],
      width: from[1],
      out_height: to[0],
      out_width: to[1],
      scale_y: h.scale,
      shift_y: h.shift,
      divisor_y: h.divisor,
      scale_x: w.scale,
      shift_x: w.shift,
      divisor_x: w.divisor,
    },
    workgroups: Math.ceil(count / WORKGROUP),
    flops: 2 * filter.taps ** 2 * out.size,
  });
  return replaceAs(out, x.dtype);
}

const PARAMS = {
  count: 'u32',
  channels: 'u32',
  height: 'i32',
  width: 'i32',
  out_height: 'u32',
  out_width: 'u32',
  scale_y: 'u32',
  shift_y: 'i32',
  divisor_y: 'u32',
  scale_x: 'u32',
  shift_x: 'i32',
  divisor_x: 'u32',
} as const;

const COMMON = `
struct Axis { scale: u32, shift: i32, divisor: u32, extent: i32 }
struct Coordinate { pixel: i32, fraction: f32 }

fn axis_y() -> Axis { return Axis(params.scale_y, params.shift_y, params.divisor_y, params.height); }
fn axis_x() -> Axis { return Axis(params.scale_x, params.shift_x, params.divisor_x, params.width); }

fn coordinate(i: u32, axis: Axis) -> Coordinate {
  // One divisor more keeps the numerator positive, where a remainder is what it should be.
  let numerator = axis.scale * i + u32(axis.shift) + axis.divisor;
  let fraction = f32(numerator % axis.divisor) / f32(axis.divisor);
  return Coordinate(i32(numerator / axis.divisor) - 1, fraction);
}

fn pixel_of(at: Coordinate, tap: i32, axis: Axis) -> i32 {
  return clamp(at.pixel - BEFORE + tap, 0, axis.extent - 1);
}

fn weight_of(at: Coordinate, tap: i32) -> f32 {
  return weight(abs(at.fraction + f32(BEFORE - tap)));
}`;

const FORWARD = `
fn element(image: u32, y: u32, x: u32, channel: u32) -> V {
  let at_y = coordinate(y, axis_y());
  let at_x = coordinate(x, axis_x());
  var sum = V();
  for (var i = 0; i < TAPS; i++) {
    let row = image * u32(params.height) + u32(pixel_of(at_y, i, axis_y()));
    var row_sum = V();
    for (var j = 0; j < TAPS; j++) {
      let pixel = row * u32(params.width) + u32(pixel_of(at_x, j, axis_x()));
      row_sum += weight_of(at_x, j) * load_x(pixel * params.channels + channel);
    }
    sum += weight_of(at_y, i) * row_sum;
  }
  return sum;
}`;

const BACKWARD = `
/** The first output pixel whose coordinate is not below \`pixel\`. */
fn first_at(pixel: i32, axis: Axis) -> u32 {
  let numerator = pixel * i32(axis.divisor) - axis.shift;
  return (u32(max(numerator, 0)) + axis.scale - 1u) / axis.scale;
}

/** Output pixels (first, end) that read \`pixel\`; those beyond the border read the border. */
fn readers(pixel: i32, axis: Axis, out_extent: u32) -> vec2u {
  let first = select(first_at(pixel - TAPS + 1 + BEFORE, axis), 0u, pixel == 0);
  let end = select(first_at(pixel + BEFORE + 1, axis), out_extent, pixel == axis.extent - 1);
  return vec2u(first, min(end, out_extent));
}

fn weight_on(pixel: i32, i: u32, axis: Axis) -> f32 {
  let at = coordinate(i, axis);
  var sum = 0.0;
  for (var tap = 0; tap < TAPS; tap++) {
    sum += select(0.0, weight_of(at, tap), pixel_of(at, tap, axis) == pixel);
  }
  return sum;
}

fn element(image: u32, y: u32, x: u32, channel: u32) -> V {
  let rows = readers(i32(y), axis_y(), params.out_height);
  let columns = readers(i32(x), axis_x(), params.out_width);
  var sum = V();
  for (var i = rows.x; i < rows.y; i++) {
    var row_sum = V();
    for (var j = columns.x; j < columns.y; j++) {
      let pixel = (image * params.out_height + i) * params.out_width + j;
      row_sum += weight_on(i32(x), j, axis_x()) * load_x(pixel * params.channels + channel);
    }
    sum += weight_on(i32(y), i, axis_y()) * row_sum;
  }
  return sum;
}`;

interface ResampleVariant extends Filter {
  readonly direction: 'forward' | 'backward';
  readonly dtype: DType;
  readonly outDtype: DType;
  readonly width: Width;
}

const resampleKernel = defineKernel(
  ({ name, direction, taps, before, weight, dtype, outDtype, width }: ResampleVariant) => {
    const [rows, columns] =
      direction === 'forward'
        ? ['params.out_height', 'params.out_width']
        : ['u32(params.height)', 'u32(params.width)'];
    return {
      name,
      bindings: [
        { name: 'x', dtype, width, access: 'read' },
        { name: 'y', dtype: outDtype, width, access: 'write' },
      ],
      params: PARAMS,
      workgroup: [WORKGROUP, 1, 1],
      declarations: `alias V = ${valueType(dtype, width)};
const TAPS = ${taps};
const BEFORE = ${before};
fn weight(d: f32) -> f32 {
  ${weight}
}
${COMMON}
${direction === 'forward' ? FORWARD : BACKWARD}`,
      main: `
  let index = group_index * ${WORKGROUP}u + lane;
  if (index >= params.count) { return; }
  let channel = index % params.channels;
  let pixel = index / params.channels;
  let column = pixel % ${columns};
  let row = (pixel / ${columns}) % ${rows};
  let image = pixel / ${columns} / ${rows};
  store_y(index, element(image, row, column, channel));`,
    };
  },
);
