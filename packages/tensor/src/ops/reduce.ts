import { isFloat } from '../dtype.ts';
import { ShapeError } from '../errors.ts';
import { record } from '../graph.ts';
import { replaceAs } from '../kernels/cast.ts';
import { expandScaled } from '../kernels/expand.ts';
import { pointwise } from '../kernels/pointwise.ts';
import { keptShape, MAX, MIN, type Reduction, reduceAxes, SUM } from '../kernels/reduce.ts';
import { scope } from '../scope.ts';
import { extentOf, formatShape, normalizeDims, numel, type Shape } from '../shape.ts';
import { reshaped, type Tensor, viewOf } from '../tensor.ts';
import { cast } from './cast.ts';

/** A dimension or several, negative ones counted from the back; `undefined` means all. */
export type Dims = number | readonly number[] | undefined;

/** What becomes of the axes that are reduced. */
export interface ReduceOptions {
  /** Keeps the reduced dimensions, with extent 1. Default false. */
  keepdim?: boolean;
}

/** The dimensions of a reduction, and the shapes of its result with and without them. */
export interface ReducedDims {
  readonly dims: readonly number[];
  readonly kept: Shape;
  readonly shape: Shape;
  /** Elements that make one of the result. */
  readonly count: number;
}

export function resolveDims(
  op: string,
  x: Tensor,
  list: Dims,
  { keepdim = false }: ReduceOptions,
): ReducedDims {
  const dims = normalizeDims(op, list, x.rank);
  const kept = keptShape(x.shape, dims);
  const shape = keepdim ? kept : x.shape.filter((_, dim) => !dims.includes(dim));
  return { dims, kept, shape, count: numel(dims.map((dim) => extentOf(x.shape, dim))) };
}

/**
 * Sum over `dims` (an empty list of dimensions reduces nothing). Floats accumulate in f32 and keep their dtype; bool
 * and u8 give i32; the empty sum is 0.
 * @throws ShapeError for dimensions that do not exist or repeat
 */
export function sum(x: Tensor, dims?: Dims, options: ReduceOptions = {}): Tensor {
  return scaledSum('sum', x, resolveDims('sum', x, dims, options), 1);
}

/** Mean over `dims`, accumulated in f32; integers give f32, the mean of nothing is NaN. @throws ShapeError as `sum` */
export function mean(x: Tensor, dims?: Dims, options: ReduceOptions = {}): Tensor {
  const resolved = resolveDims('mean', x, dims, options);
  return scope(() => scaledSum('mean', isFloat(x.dtype) ? x : cast(x, 'f32'), resolved, 1 / resolved.count));
}

function scaledSum(name: string, x: Tensor, { dims, kept, shape }: ReducedDims, scale: number): Tensor {
  const dtype = x.dtype === 'bool' || x.dtype === 'u8' ? 'i32' : x.dtype;
  const y = scope(() => {
    const total = reduceAxes(x, SUM, dims);
    const scaled = scale === 1 ? total : pointwise({ name, expression: 'a * s' }, [total], dtype, [scale]);
    return viewOf(replaceAs(scaled, dtype), shape);
  });
  return record(y, () => ({
    name,
    inputs: [x],
    saved: [],
    backward: (gradient) => [expandScaled(viewOf(gradient, kept), x.shape, x.dtype, scale)],
  }));
}

/**
 * Largest element over `dims`, NaN if there is one; equals share the gradient. torch.amax.
 * @throws ShapeError as `sum`, and when nothing is reduced to something
 */
export function max(x: Tensor, dims?: Dims, options: ReduceOptions = {}): Tensor {
  return extremum('max', MAX, x, dims, options);
}

/** Smallest element over `dims`; otherwise as `max`. torch.amin. @throws ShapeError as `max` */
export function min(x: Tensor, dims?: Dims, options: ReduceOptions = {}): Tensor {
  return extremum('min', MIN, x, dims, options);
}

function extremum(name: string, reduction: Reduction, x: Tensor, list: Dims, options: ReduceOptions): Tensor {
  const resolved = resolveDims(name, x, list, options);
  requireElements(name, x, resolved);
  const y = reshaped(replaceAs(reduceAxes(x, reduction, resolved.dims), x.dtype), resolved.shape);
  return record(y, () => ({
    name,
    inputs: [x],
    saved: [x, y],
    backward: (gradient, [input, result]) => [
      sharedByEquals(viewOf(gradient, resolved.kept), input, viewOf(result, resolved.kept), resolved.dims),
    ],
  }));
}

/** @throws ShapeError when elements of the result have none of `x` to come from */
export function requireElements(op: string, x: Tensor, { shape, count }: ReducedDims): void {
  if (count > 0 || numel(shape) === 0) return;
  throw new ShapeError(`${op}: shape ${formatShape(x.shape)} has no elements along the reduced dimensions`);
}

/** `gradient` for the elements of `x` that equal `result`, divided by their number. */
function sharedByEquals(gradient: Tensor, x: Tensor, result: Tensor, dims: readonly number[]): Tensor {
  const equal = pointwise({ name: 'equals', expression: 'select(V(0), V(1), a == b)' }, [x, result], x.dtype);
  const count = reduceAxes(equal, SUM, dims);
  return pointwise({ name: 'shareByEquals', expression: 'a * b / c' }, [equal, gradient, count], x.dtype);
}
