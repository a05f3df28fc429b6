import { computeType, type DType } from '../dtype.ts';
import { ShapeError } from '../errors.ts';
import { numel, type Shape, stridesOf } from '../shape.ts';
import { Tensor } from '../tensor.ts';
import { entry, forEachCoordinate } from './coordinates.ts';
import { run } from './run.ts';
import { defineKernel, MAX_RANK, type ParamType, valueType } from './wgsl.ts';

const WORKGROUP = 64;
/** vec4s a thread, as in the pointwise kernels. */
const PER_THREAD = 4;

/** How one axis of the result walks through the source. */
export interface CopyAxis {
  readonly extent: number;
  /** Elements from one coordinate to the next; negative runs backwards, 0 repeats. */
  readonly stride: number;
  /** Coordinates before the source begins; default 0. */
  readonly before?: number;
  /** Coordinates that the source covers, from `before` on; default all. */
  readonly size?: number;
}

export interface StridedCopyOptions {
  /** The operation, for labels and errors. */
  readonly name: string;
  /** Source element at the coordinates where every axis begins; default 0. */
  readonly offset?: number;
  /** Shape of the result, when it groups the axes differently. Default: their extents. */
  readonly shape?: Shape;
  /** Value of elements that the source does not cover; default 0. */
  readonly fill?: number;
}

/** The axes of a contiguous tensor of `shape`, all of it. */
export function axesOf(shape: Shape): CopyAxis[] {
  const strides = stridesOf(shape);
  return shape.map((extent, axis) => ({ extent, stride: strides[axis]! }));
}

/**
 * `x` gathered along `axes`: element c of the result is x[offset + sum of (c - before) stride], or `fill` where the
 * source does not reach. Slices, pads, flips, permutations and repetitions are all this copy.
 * @throws ShapeError when more than 8 axes remain after merging
 */
export function stridedCopy(x: Tensor, axes: readonly CopyAxis[], options: StridedCopyOptions): Tensor {
  const { name, offset = 0, shape = axes.map((axis) => axis.extent), fill = 0 } = options;
  const out = Tensor.empty(x.device, shape, x.dtype, name);
  const merged = mergeAxes(name, axes);
  const padded = merged.some(({ extent, size }) => size !== extent);
  const access = accessOf(merged, offset, padded);
  const count = Math.ceil(numel(shape) / 4);
  const padding = padded && {
    before: merged.map((axis) => axis.before),
    sizes: merged.map((axis) => axis.size),
    fill,
  };
  run(copyKernel({ name, dtype: x.dtype, access, rank: merged.length, padded }), [x, out], {
    params: {
      count,
      offset,
      shape: merged.map((axis) => axis.extent),
      strides: merged.map((axis) => axis.stride),
      ...padding,
    },
    workgroups: Math.ceil(count / (WORKGROUP * PER_THREAD)),
  });
  return out;
}

/** Neighbouring axes that are walked as one are merged: most copies end with two or three. */
export function mergeAxes(op: string, axes: readonly CopyAxis[]): Required<CopyAxis>[] {
  const merged: Required<CopyAxis>[] = [];
  for (const { extent, stride, before = 0, size = extent } of axes) {
    if (extent === 1 && size === 1) continue;
    const outer = merged.at(-1);
    if (outer && size === extent && outer.stride === stride * extent) {
      merged[merged.length - 1] = {
        extent: outer.extent * extent,
        stride,
        before: outer.before * extent,
        size: outer.size * extent,
      };
    } else {
      merged.push({ extent, stride, before, size });
    }
  }
  if (merged.length > MAX_RANK) {
    throw new ShapeError(
      `${op}: ${merged.length} axes remain after merging, at most ${MAX_RANK} are possible`,
    );
  }
  return merged;
}

/**
 * How four consecutive elements of the result are read: `rows` as one vec4, `strided` one by one a fixed step apart,
 * `scattered` each with an offset of its own.
 */
type Access = 'rows' | 'strided' | 'scattered';

function accessOf(axes: readonly Required<CopyAxis>[], offset: number, padded: boolean): Access {
  const inner = axes.at(-1);
  if (!inner || inner.extent % 4 !== 0) return 'scattered';
  const aligned = offset % 4 === 0 && axes.slice(0, -1).every((axis) => axis.stride % 4 === 0);
  const wholeVectors = inner.before % 4 === 0 && inner.size % 4 === 0;
  if (inner.stride === 1 && aligned && wholeVectors) return 'rows';
  return padded ? 'scattered' : 'strided';
}

/** Unsigned arithmetic wraps: a coordinate before the source becomes a large one, and negative strides work. */
function sourceOf(rank: number, padded: boolean): string {
  const walk = forEachCoordinate(rank, 'shape', (axis, coordinate) => {
    const stride = entry('strides', axis);
    if (!padded) return `source += ${coordinate} * ${stride};`;
    return `inside = inside && ${coordinate} - ${entry('before', axis)} < ${entry('sizes', axis)};
  source += (${coordinate} - ${entry('before', axis)}) * ${stride};`;
  });
  return `const OUTSIDE = 0xffffffffu;

fn source_of(index: u32) -> u32 {
  var rest = index;
  var source = params.offset;
  var inside = true;
  ${walk}
  return select(OUTSIDE, source, inside);
}`;
}

function readSource(access: Access, padded: boolean): string {
  const width = access === 'rows' ? 4 : 1;
  const load = `load_x(source / ${width}u)`;
  const guarded = padded ? `if (source == OUTSIDE) { return V(params.fill); }` : '';
  return `fn element(source: u32) -> V {
  ${guarded}
  return ${load};
}`;
}

function valueSource(access: Access, rank: number, vec4: string): string {
  switch (access) {
    case 'rows':
      return 'element(source_of(4u * i))';
    case 'strided':
      return `four_apart(source_of(4u * i), ${entry('strides', rank - 1)})`;
    case 'scattered': {
      const at = (lane: number) => `element(source_of(4u * i + ${lane}u))`;
      return `${vec4}(${[0, 1, 2, 3].map(at).join(', ')})`;
    }
  }
}

interface CopyVariant {
  readonly name: string;
  readonly dtype: DType;
  readonly access: Access;
  readonly rank: number;
  readonly padded: boolean;
}

const copyKernel = defineKernel(({ name, dtype, access, rank, padded }: CopyVariant) => {
  const width = access === 'rows' ? 4 : 1;
  const vec4 = valueType(dtype, 4);
  const padding: Record<string, ParamType> = padded
    ? { before: 'dims', sizes: 'dims', fill: computeType(dtype) }
    : {};
  const fourApart = `fn four_apart(source: u32, step: u32) -> ${vec4} {
  return ${vec4}(element(source), element(source + step), element(source + 2u * step), element(source + 3u * step));
}`;
  return {
    name,
    bindings: [
      { name: 'x', dtype, width, access: 'read' },
      { name: 'y', dtype, width: 4, access: 'write' },
    ],
    params: { shape: 'dims', strides: 'dims', count: 'u32', offset: 'u32', ...padding },
    workgroup: [WORKGROUP, 1, 1],
    declarations: `alias V = ${valueType(dtype, width)};
${sourceOf(rank, padded)}
${readSource(access, padded)}
${access === 'strided' ? fourApart : ''}`,
    main: `
  for (var k = 0u; k < ${PER_THREAD}u; k++) {
    let i = (group_index * ${PER_THREAD}u + k) * ${WORKGROUP}u + lane;
    if (i >= params.count) { return; }
    store_y(i, ${valueSource(access, rank, vec4)});
  }`,
  };
});
