import { argMiddle } from '../kernels/argReduce.ts';
import { linesAlong } from '../kernels/lines.ts';
import { normalizeAxis } from '../shape.ts';
import { reshaped, type Tensor } from '../tensor.ts';
import { type ReduceOptions, requireElements, resolveAxes } from './reduce.ts';

/**
 * Index, in i32, of the first largest element (the first NaN, if there is one) along `axis`; without an axis, in the flattened tensor.
 * @throws ShapeError for an axis that does not exist, and when there is nothing along it
 */
export function argmax(x: Tensor, axis?: number, options: ReduceOptions = {}): Tensor {
  return argReduce('max', x, axis, options);
}

/** Index, in i32, of the first smallest element along `axis`; otherwise as `argmax`. */
export function argmin(x: Tensor, axis?: number, options: ReduceOptions = {}): Tensor {
  return argReduce('min', x, axis, options);
}

function argReduce(
  combine: 'max' | 'min',
  x: Tensor,
  axis: number | undefined,
  options: ReduceOptions,
): Tensor {
  const op = `arg${combine}`;
  const resolved = resolveAxes(op, x, axis, options);
  requireElements(op, x, resolved);
  const shape =
    axis === undefined
      ? { outer: 1, length: x.size, inner: 1 }
      : linesAlong(x.shape, normalizeAxis(op, axis, x.rank));
  return reshaped(argMiddle(x, combine, shape), resolved.shape);
}
