import { argMiddle } from '../kernels/argReduce.ts';
import { linesAlong } from '../kernels/lines.ts';
import { normalizeDim } from '../shape.ts';
import { reshaped, type Tensor } from '../tensor.ts';
import { type ReduceOptions, requireElements, resolveDims } from './reduce.ts';

/**
 * Index, in i32, of the first largest element (the first NaN, if there is one) along `dim`; without a dimension, in the
 * flattened tensor.
 * @throws ShapeError for a dimension that does not exist, and when there is nothing along it
 */
export function argmax(x: Tensor, dim?: number, options: ReduceOptions = {}): Tensor {
  return argReduce('max', x, dim, options);
}

/** Index, in i32, of the first smallest element along `dim`; otherwise as `argmax`. */
export function argmin(x: Tensor, dim?: number, options: ReduceOptions = {}): Tensor {
  return argReduce('min', x, dim, options);
}

function argReduce(
  combine: 'max' | 'min',
  x: Tensor,
  dim: number | undefined,
  options: ReduceOptions,
): Tensor {
  const op = `arg${combine}`;
  const resolved = resolveDims(op, x, dim, options);
  requireElements(op, x, resolved);
  const shape =
    dim === undefined
      ? { outer: 1, length: x.size, inner: 1 }
      : linesAlong(x.shape, normalizeDim(op, dim, x.rank));
  return reshaped(argMiddle(x, combine, shape), resolved.shape);
}
