import { ShapeError } from '../errors.ts';
import { record } from '../graph.ts';
import { type Padding, padCopy, sliceCopy } from '../kernels/window.ts';
import { formatShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';

/**
 * `x` with `padding` around it that holds `value`. Reference: torch.nn.functional.pad with mode 'constant', whose
 * argument lists the axes innermost first.
 * @throws ShapeError when `padding` has not one pair for every axis, or a count is negative
 */
export function pad(x: Tensor, padding: Padding, value = 0): Tensor {
  const valid = padding.flat().every((count) => Number.isInteger(count) && count >= 0);
  if (!valid || padding.length !== x.rank) {
    throw new ShapeError(
      `pad: padding ${JSON.stringify(padding)} needs a pair of counts for every axis of ${formatShape(x.shape)}`,
    );
  }
  return record(padCopy('pad', x, padding, value), () => ({
    name: 'pad',
    inputs: [x],
    saved: [],
    backward: (gradient) => [
      sliceCopy(
        'padBackward',
        gradient,
        padding.map(([before]) => before),
        x.shape,
      ),
    ],
  }));
}
