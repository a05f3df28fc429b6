import { computeType, type DType } from '../dtype.ts';
import { Tensor } from '../tensor.ts';
import { memoize } from './memoize.ts';
import { run } from './run.ts';
import { defineKernel, valueType, type Width } from './wgsl.ts';

/** How elements are reduced: `map` makes a term `v` of an element `x`, `combine` joins `p` and `q`. */
export interface Reduction {
  readonly name: string;
  readonly map: string;
  readonly combine: string;
  /** The value of nothing, by compute type. */
  readonly identity: Readonly<Record<'f32' | 'i32' | 'u32', string>>;
}

const ZERO = { f32: '0.0', i32: '0', u32: '0u' };
const LARGEST = { f32: '3.4028235e38', i32: '2147483647', u32: '4294967295u' };
const SMALLEST = { f32: '-3.4028235e38', i32: '-2147483647 - 1', u32: '0u' };

export const SUM: Reduction = { name: 'sum', map: 'x', combine: 'p + q', identity: ZERO };
export const SUM_ABS: Reduction = { name: 'sumAbs', map: 'abs(x)', combine: 'p + q', identity: ZERO };
export const SUM_SQUARES: Reduction = { name: 'sumSquares', map: 'x * x', combine: 'p + q', identity: ZERO };
export const MAX_ABS: Reduction = { name: 'maxAbs', map: 'abs(x)', combine: 'max(p, q)', identity: ZERO };
export const MAX: Reduction = { name: 'max', map: 'x', combine: 'max(p, q)', identity: SMALLEST };
export const MIN: Reduction = { name: 'min', map: 'x', combine: 'min(p, q)', identity: LARGEST };

/** A contiguous tensor seen as [outer, length, inner], reduced along its middle. */
export interface ReduceShape {
  readonly outer: number;
  readonly length: number;
  readonly inner: number;
}

const ROW_LANES = 64;
const COLUMN_LANES = 64;
/** Below this many results the length is cut into chunks that are reduced side by side. */
const ENOUGH_RESULTS = 2048;
const LEAST_CHUNK = 256;

function chunksFor({ outer, length, inner }: ReduceShape): number {
  const results = outer * inner * (inner === 1 ? ROW_LANES : 1);
  const wanted = Math.floor(ENOUGH_RESULTS / Math.max(1, results));
  return Math.max(1, Math.min(wanted, Math.floor(length / LEAST_CHUNK)));
}

/** `x` reduced along the middle of `shape`, as [outer, inner] in `dtype`: f32 for floats, which accumulate in f32. */
export function reduceMiddle(x: Tensor, reduction: Reduction, shape: ReduceShape): Tensor {
  const { outer, inner } = shape;
  const chunks = chunksFor(shape);
  const partial = reduceOnce(x, reduction, shape, chunks);
  if (chunks === 1) return partial;
  const joined = { ...reduction, map: 'x' };
  const result = reduceOnce(partial, joined, { outer, length: chunks, inner }, 1);
  partial.dispose();
  return result;
}

function reduceOnce(
  x: Tensor,
  reduction: Reduction,
  { outer, length, inner }: ReduceShape,
  chunks: number,
): Tensor {
  const dtype: DType = computeType(x.dtype);
  const out = Tensor.empty(
    x.device,
    chunks === 1 ? [outer, inner] : [outer, chunks, inner],
    dtype,
    reduction.name,
  );
  const span = Math.ceil(length / chunks);
  const params = { outer, length, inner, chunks, span };
  const { name, map, combine } = reduction;
  const identity = reduction.identity[computeType(x.dtype)];
  if (inner === 1) {
    const width: Width = length % 4 === 0 && chunks === 1 ? 4 : 1;
    const kernel = rowKernel(name, map, combine, identity, x.dtype, width);
    run(kernel, [x, out], { params, workgroups: outer * chunks, flops: x.size });
  } else {
    const width: Width = inner % 4 === 0 ? 4 : 1;
    const kernel = columnKernel(name, map, combine, identity, x.dtype, width);
    const results = (outer * chunks * inner) / width;
    run(kernel, [x, out], { params, workgroups: Math.ceil(results / COLUMN_LANES), flops: x.size });
  }
  return out;
}

const PARAMS = { outer: 'u32', length: 'u32', inner: 'u32', chunks: 'u32', span: 'u32' } as const;

function functions(type: string, value: string, map: string, combine: string): string {
  return `fn term(x: ${value}) -> ${value} { return ${map}; }
fn combine_${value === type ? 'scalar' : 'vector'}(p: ${value}, q: ${value}) -> ${value} { return ${combine}; }`;
}

/** One workgroup a row: lanes stride through it, then a tree joins the lanes. */
const rowKernel = memoize(
  (name: string, map: string, combine: string, identity: string, dtype: DType, width: Width) => {
    const type = computeType(dtype);
    const value = valueType(dtype, width);
    const fold =
      width === 1 ? 'sum' : 'combine_scalar(combine_scalar(sum.x, sum.y), combine_scalar(sum.z, sum.w))';
    return defineKernel({
      name,
      variant: 'rows',
      bindings: [
        { name: 'x', dtype, width, access: 'read' },
        { name: 'y', dtype: type, width: 1, access: 'write' },
      ],
      params: PARAMS,
      workgroup: [ROW_LANES, 1, 1],
      declarations: `var<workgroup> partial: array<${type}, ${ROW_LANES}>;
${functions(type, value, map, combine)}
${width === 4 ? `fn combine_scalar(p: ${type}, q: ${type}) -> ${type} { return ${combine}; }` : ''}`,
      main: `
  if (group_index >= params.outer * params.chunks) { return; }
  let row = group_index / params.chunks;
  let begin = (group_index % params.chunks) * params.span;
  let end = min(params.length, begin + params.span);
  var sum = ${value}(${identity});
  for (var i = begin / ${width}u + lane; i < end / ${width}u; i += ${ROW_LANES}u) {
    sum = combine_${width === 1 ? 'scalar' : 'vector'}(sum, term(load_x(row * (params.length / ${width}u) + i)));
  }
  partial[lane] = ${fold};
  workgroupBarrier();
  for (var half = ${ROW_LANES / 2}u; half > 0u; half /= 2u) {
    if (lane < half) { partial[lane] = combine_scalar(partial[lane], partial[lane + half]); }
    workgroupBarrier();
  }
  if (lane == 0u) { store_y(group_index, partial[0]); }`,
    });
  },
);

/** One lane a column (or four neighbouring ones): neighbouring lanes read neighbouring addresses. */
const columnKernel = memoize(
  (name: string, map: string, combine: string, identity: string, dtype: DType, width: Width) => {
    const type = computeType(dtype);
    const value = valueType(dtype, width);
    return defineKernel({
      name,
      variant: 'columns',
      bindings: [
        { name: 'x', dtype, width, access: 'read' },
        { name: 'y', dtype: type, width, access: 'write' },
      ],
      params: PARAMS,
      workgroup: [COLUMN_LANES, 1, 1],
      declarations: functions(type, value, map, combine),
      main: `
  let inner = params.inner / ${width}u;
  let index = group_index * ${COLUMN_LANES}u + lane;
  if (index >= params.outer * params.chunks * inner) { return; }
  let column = index % inner;
  let chunk = (index / inner) % params.chunks;
  let row = index / inner / params.chunks;
  let begin = chunk * params.span;
  let end = min(params.length, begin + params.span);
  var sum = ${value}(${identity});
  for (var i = begin; i < end; i++) {
    sum = combine_${width === 1 ? 'scalar' : 'vector'}(sum, term(load_x((row * params.length + i) * inner + column)));
  }
  store_y(index, sum);`,
    });
  },
);
