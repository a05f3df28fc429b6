import { type DType, isFloat } from '../dtype.ts';
import { record } from '../graph.ts';
import { castTo } from '../kernels/cast.ts';
import { pointwise } from '../kernels/pointwise.ts';
import type { Tensor } from '../tensor.ts';

/**
 * `x` with elements of `dtype`: floats to integers truncate towards zero, f32 to f16 rounds to nearest even, and
 * anything but zero is true. The gradient of a cast between floats is the cast back.
 */
export function cast(x: Tensor, dtype: DType): Tensor {
  const y = castTo(x, dtype);
  if (y === x || !isFloat(dtype)) return y;
  return record(y, () => ({
    name: 'cast',
    inputs: [x],
    saved: [],
    backward: (gradient) => [castTo(gradient, x.dtype)],
  }));
}

/** A copy of `x` in new memory. The gradient passes through. Reference: torch.clone. */
export function clone(x: Tensor): Tensor {
  return record(pointwise({ name: 'clone', expression: 'a' }, [x], x.dtype), () => ({
    name: 'clone',
    inputs: [x],
    saved: [],
    backward: (gradient) => [gradient],
  }));
}
