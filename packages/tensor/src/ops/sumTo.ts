import { castTo } from '../kernels/cast.ts';
import { reduceMiddle, SUM } from '../kernels/reduce.ts';
import { numel, type Shape, sameShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';

/** The gradient of a broadcast: `x` summed over the axes along which `shape` was repeated, in `x`'s dtype. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const offset = x.rank - shape.length;
  const repeated = x.shape.map(
    (extent, axis) => axis < offset || (shape[axis - offset] === 1 && extent !== 1),
  );
  let result = x;
  let inner = 1;
  // From the back, so that the axes still to come keep their places.
  for (let axis = x.rank - 1; axis >= 0; axis--) {
    if (!repeated[axis]) {
      inner *= x.shape[axis]!;
      continue;
    }
    let first = axis;
    while (first > 0 && repeated[first - 1]) first--;
    const outer = numel(x.shape.slice(0, first));
    const length = numel(x.shape.slice(first, axis + 1));
    result = reduceMiddle(result, SUM, { outer, length, inner });
    axis = first;
  }
  return castTo(result.view(shape), x.dtype);
}
