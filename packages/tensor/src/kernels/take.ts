import { computeType, type DType } from '../dtype.ts';
import { extentOf, type Shape, stridesOf } from '../shape.ts';
import { Tensor } from '../tensor.ts';
import { entry, forEachCoordinate } from './coordinates.ts';
import { run } from './run.ts';
import { defineKernel, valueType, type Width } from './wgsl.ts';

const WORKGROUP = 64;

/** Reads of a tensor of shape `source` along `dim` at coordinates from an index tensor. */
export interface TakeShape {
  readonly source: Shape;
  readonly dim: number;
  /** Shape of the result: that of `source` except for `dim`; other dimensions may end earlier. */
  readonly result: Shape;
  /** Elements of the index tensor from one coordinate of the result to the next. */
  readonly indexStrides: readonly number[];
}

/** Whether the four elements of a vec4 of the result share one index and one row of the source. */
function widthOf({ source, dim, result, indexStrides }: TakeShape): Width {
  const inner = result.length - 1;
  const wholeRows = dim !== inner && source[inner] === result[inner] && extentOf(result, inner) % 4 === 0;
  return wholeRows && indexStrides[inner] === 0 ? 4 : 1;
}

/**
 * Elements of `x` at `index` (i32 or u32). An index outside the dimension reads nothing: its elements are NaN, or 0 for
 * integers.
 */
export function take(name: string, x: Tensor, index: Tensor, shape: TakeShape): Tensor {
  const { source, dim, result, indexStrides } = shape;
  const out = Tensor.empty(x.device, result, x.dtype, name);
  const { strides, extent, step } = alongDim(source, dim);
  const count = Math.ceil(out.size / 4);
  const kernel = takeKernel({
    name,
    dtype: x.dtype,
    indexDtype: index.dtype,
    rank: result.length,
    width: widthOf(shape),
  });
  run(kernel, [x, index, out], {
    params: {
      count,
      shape: result,
      strides,
      index_strides: indexStrides,
      extent,
      step,
      missing: computeType(x.dtype) === 'f32' ? Number.NaN : 0,
    },
    workgroups: Math.ceil(count / WORKGROUP),
  });
  return out;
}

/**
 * The gradient of `take`: each element of the source sums, in the order of the index, the gradients of the places
 * that read it. It searches the whole index instead of scattering, so equal inputs give equal bits.
 */
export function takeBackward(name: string, gradient: Tensor, index: Tensor, shape: TakeShape): Tensor {
  const { source, dim, result, indexStrides } = shape;
  const out = Tensor.empty(gradient.device, source, gradient.dtype, name);
  const { strides, extent: length, step } = alongDim(result, dim);
  const count = Math.ceil(out.size / 4);
  const kernel = takeBackwardKernel({
    name,
    dtype: gradient.dtype,
    indexDtype: index.dtype,
    rank: source.length,
    dim,
    width: widthOf(shape),
  });
  run(kernel, [gradient, index, out], {
    params: {
      count,
      shape: source,
      sizes: result.with(dim, extentOf(source, dim)),
      strides,
      index_strides: indexStrides.with(dim, 0),
      length,
      step,
      index_step: indexStrides[dim] ?? 0,
    },
    workgroups: Math.ceil(count / WORKGROUP),
    flops: out.size * length,
  });
  return out;
}

/** The strides of `shape` except for `dim`, and the extent and the stride along it. */
function alongDim(shape: Shape, dim: number) {
  const strides = stridesOf(shape);
  return { strides: strides.with(dim, 0), extent: extentOf(shape, dim), step: extentOf(strides, dim) };
}

/** WGSL that stores the four elements from `4 i` on, each or all at once by `element`. */
function storeFour(dtype: DType, width: Width): string {
  const lanes = [0, 1, 2, 3].map((lane) => `element(4u * i + ${lane}u)`).join(', ');
  return `
  let i = group_index * ${WORKGROUP}u + lane;
  if (i >= params.count) { return; }
  store_y(i, ${width === 4 ? 'element(4u * i)' : `${valueType(dtype, 4)}(${lanes})`});`;
}

interface TakeVariant {
  readonly name: string;
  readonly dtype: DType;
  readonly indexDtype: DType;
  readonly rank: number;
  readonly width: Width;
}

const takeKernel = defineKernel(({ name, dtype, indexDtype, rank, width }: TakeVariant) => {
  const walk = forEachCoordinate(
    rank,
    'shape',
    (dim, coordinate) => `source += ${coordinate} * ${entry('strides', dim)};
  place += ${coordinate} * ${entry('index_strides', dim)};`,
  );
  return {
    name,
    bindings: [
      { name: 'x', dtype, width, access: 'read' },
      { name: 'index', dtype: indexDtype, width: 1, access: 'read' },
      { name: 'y', dtype, width: 4, access: 'write' },
    ],
    params: {
      shape: 'dims',
      strides: 'dims',
      index_strides: 'dims',
      count: 'u32',
      extent: 'u32',
      step: 'u32',
      missing: computeType(dtype),
    },
    workgroup: [WORKGROUP, 1, 1],
    declarations: `fn element(at: u32) -> ${valueType(dtype, width)} {
  var rest = at;
  var source = 0u;
  var place = 0u;
  ${walk}
  let chosen = u32(load_index(place));
  if (chosen >= params.extent) { return ${valueType(dtype, width)}(params.missing); }
  return load_x((source + chosen * params.step) / ${width}u);
}`,
    main: storeFour(dtype, width),
  };
});

interface TakeBackwardVariant extends TakeVariant {
  readonly dim: number;
}

const takeBackwardKernel = defineKernel(
  ({ name, dtype, indexDtype, rank, dim, width }: TakeBackwardVariant) => {
    const walk = forEachCoordinate(
      rank,
      'shape',
      (a, coordinate) => `if (${coordinate} >= ${entry('sizes', a)}) { return sum; }
  source += ${coordinate} * ${entry('strides', a)};
  place += ${coordinate} * ${entry('index_strides', a)};`,
    );
    return {
      name,
      bindings: [
        { name: 'gradient', dtype, width, access: 'read' },
        { name: 'index', dtype: indexDtype, width: 1, access: 'read' },
        { name: 'y', dtype, width: 4, access: 'write' },
      ],
      params: {
        shape: 'dims',
        sizes: 'dims',
        strides: 'dims',
        index_strides: 'dims',
        count: 'u32',
        length: 'u32',
        step: 'u32',
        index_step: 'u32',
      },
      workgroup: [WORKGROUP, 1, 1],
      declarations: `fn element(at: u32) -> ${valueType(dtype, width)} {
  var rest = at;
  var source = 0u;
  var place = 0u;
  var sum = ${valueType(dtype, width)}();
  ${walk}
  for (var k = 0u; k < params.length; k++) {
    if (u32(load_index(place + k * params.index_step)) == c${dim}) {
      sum += load_gradient((source + k * params.step) / ${width}u);
    }
  }
  return sum;
}`,
      main: storeFour(dtype, width),
    };
  },
);
