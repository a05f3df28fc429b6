import { isFloat } from '../dtype.ts';
import { ShapeError } from '../errors.ts';
import { record } from '../graph.ts';
import { replaceAs } from '../kernels/cast.ts';
import { expandScaled } from '../kernels/expand.ts';
import { pointwise } from '../kernels/pointwise.ts';
import { keptShape, MAX, MIN, type Reduction, reduceAxes, SUM } from '../kernels/reduce.ts';
import { scope } from '../scope.ts';
import { extentOf, formatShape, normalizeAxes, numel, type Shape } from '../shape.ts';
import { reshaped, type Tensor, viewOf } from '../tensor.ts';
import { cast } from './cast.ts';

/** An axis or several, negative ones counted from the back; `undefined` means all. */
export type Axes = number | readonly number[] | undefined;

/** What becomes of the axes that are reduced. */
export interface ReduceOptions {
  /** Keeps the reduced axes, with extent 1. Default false. */
  keepdim?: boolean;
}

/** The axes of a reduction, and the shapes of its result with and without them. */
export interface ReducedAxes {
  readonly axes: readonly number[];
  readonly kept: Shape;
  readonly shape: Shape;
  /** Elements that make one of the result. */
  readonly count: number;
}

export function resolveAxes(
  op: string,
  x: Tensor,
  list: Axes,
  { keepdim = false }: ReduceOptions,
): ReducedAxes {
  const axes = normalizeAxes(op, list, x.rank);
  const kept = keptShape(x.shape, axes);
  const shape = keepdim ? kept : x.shape.filter((_, axis) => !axes.includes(axis));
  return { axes, kept, shape, count: numel(axes.map((axis) => extentOf(x.shape, axis))) };
}

/**
 * Sum over `axes` (an empty list of axes reduces nothing). Floats accumulate in f32 and keep their dtype; bool and u8 give i32; the empty sum is 0.
 * @throws ShapeError for axes that do not exist or repeat
 */
export function sum(x: Tensor, axes?: Axes, options: ReduceOptions = {}): Tensor {
  return scaledSum('sum', x, resolveAxes('sum', x, axes, options), 1);
}

/** Mean over `axes`, accumulated in f32; integers give f32, the mean of nothing is NaN. @throws ShapeError as `sum` */
export function mean(x: Tensor, axes?: Axes, options: ReduceOptions = {}): Tensor {
  const resolved = resolveAxes('mean', x, axes, options);
  return scope(() => scaledSum('mean', isFloat(x.dtype) ? x : cast(x, 'f32'), resolved, 1 / resolved.count));
}

function scaledSum(name: string, x: Tensor, { axes, kept, shape }: ReducedAxes, scale: number): Tensor {
  const dtype = x.dtype === 'bool' || x.dtype === 'u8' ? 'i32' : x.dtype;
  const y = scope(() => {
    const total = reduceAxes(x, SUM, axes);
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
 * Largest element over `axes`, NaN where there is one; equals share the gradient. torch.amax.
 * @throws ShapeError as `sum`, and when nothing is reduced to something
 */
export function max(x: Tensor, axes?: Axes, options: ReduceOptions = {}): Tensor {
  return extremum('max', MAX, x, axes, options);
}

/** Smallest element over `axes`; otherwise as `max`. torch.amin. @throws ShapeError as `max` */
export function min(x: Tensor, axes?: Axes, options: ReduceOptions = {}): Tensor {
  return extremum('min', MIN, x, axes, options);
}

function extremum(name: string, reduction: Reduction, x: Tensor, list: Axes, options: ReduceOptions): Tensor {
  const resolved = resolveAxes(name, x, list, options);
  requireElements(name, x, resolved);
  const y = reshaped(replaceAs(reduceAxes(x, reduction, resolved.axes), x.dtype), resolved.shape);
  return record(y, () => ({
    name,
    inputs: [x],
    saved: [x, y],
    backward: (gradient, [input, result]) => [
      sharedByEquals(viewOf(gradient, resolved.kept), input, viewOf(result, resolved.kept), resolved.axes),
    ],
  }));
}

/** @throws ShapeError when elements of the result have none of `x` to come from */
export function requireElements(op: string, x: Tensor, { shape, count }: ReducedAxes): void {
  if (count > 0 || numel(shape) === 0) return;
  throw new ShapeError(`${op}: shape ${formatShape(x.shape)} has no elements along the reduced axes`);
}

/** `gradient` for the elements of `x` that equal `result`, divided by their number. */
function sharedByEquals(gradient: Tensor, x: Tensor, result: Tensor, axes: readonly number[]): Tensor {
  const equal = pointwise({ name: 'equals', expression: 'select(V(0), V(1), a == b)' }, [x, result], x.dtype);
  const count = reduceAxes(equal, SUM, axes);
  return pointwise({ name: 'shareByEquals', expression: 'a * b / c' }, [equal, gradient, count], x.dtype);
}
