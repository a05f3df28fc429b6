import { replaceAs } from '../kernels/cast.ts';
import { reduceAxes, SUM } from '../kernels/reduce.ts';
import { type Shape, sameShape } from '../shape.ts';
import { reshaped, type Tensor } from '../tensor.ts';
import { cast } from './cast.ts';

/** The gradient of a broadcast: `x` summed over the dimensions along which `shape` was repeated, in `x`'s dtype. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const offset = x.rank - shape.length;
  const repeated = [...x.shape.keys()].filter(
    (dim) => dim < offset || (shape[dim - offset] === 1 && x.shape[dim] !== 1),
  );
  const sum = reduceAxes(x, SUM, repeated);
  return replaceAs(reshaped(sum, shape), x.dtype);
}

/** The gradient of an operand that was added, from the sum's: summed to its shape, in its dtype. */
export function gradientOf(gradient: Tensor, operand: Tensor): Tensor {
  return cast(sumTo(gradient, operand.shape), operand.dtype);
}
