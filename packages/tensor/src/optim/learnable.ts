import { DisposedError } from '../errors.ts';
import { Parameter } from '../nn/parameter.ts';
import { formatShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';

/** Leaves that require a gradient, or a module's parameters. */
export type Learnable = Parameter | Tensor;

/**
 * The present tensor of `learnable`: a parameter gets another one when its module is loaded or converted.
 * @throws DisposedError for a disposed tensor, which would look like one without a gradient
 */
export function tensorOf(learnable: Learnable): Tensor {
  const tensor = learnable instanceof Parameter ? learnable.value : learnable;
  if (!tensor.isDisposed) return tensor;
  throw new DisposedError(
    `a tensor of shape ${formatShape(tensor.shape)} that should be optimized was disposed`,
  );
}
