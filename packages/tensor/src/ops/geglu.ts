import { requireFloat } from '../dtype.ts';
import { ShapeError } from '../errors.ts';
import { record } from '../graph.ts';
import { gegluBackward, gegluForward } from '../kernels/geglu.ts';
import { formatShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';

/**
 * value gelu(gate), where the last dimension of `x` [.., 2D] holds value in its first half and gate in its second:
 * [.., D]. gelu is the one by erf. Reference: GEGLU of diffusers.models.activations, after its projection.
 * @throws ShapeError when the last dimension is missing or odd; DTypeError for integers
 */
export function geglu(x: Tensor): Tensor {
  requireFloat('geglu', x.dtype);
  const extent = x.shape.at(-1) ?? 1;
  if (extent % 2 !== 0)
    throw new ShapeError(`geglu: the last dimension of ${formatShape(x.shape)} has an odd extent`);
  return record(gegluForward(x, [...x.shape.slice(0, -1), extent / 2]), () => ({
    name: 'geglu',
    inputs: [x],
    saved: [x],
    backward: (gradient, [saved]) => [gegluBackward(saved, gradient)],
  }));
}
