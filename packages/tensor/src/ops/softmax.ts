import { requireFloat } from '../dtype.ts';
import { record } from '../graph.ts';
import { linesAlong } from '../kernels/lines.ts';
import { type SoftmaxOp, softmaxBackward, softmaxForward } from '../kernels/softmax.ts';
import { normalizeDim } from '../shape.ts';
import type { Tensor } from '../tensor.ts';

/**
 * exp(x) / sum exp(x) along `dim`, shifted by the largest element and computed in f32; a slice of -Infinity only
 * gives NaN, as in torch.
 * @throws ShapeError for a dimension that does not exist; DTypeError unless `x` is f32 or f16
 */
export function softmax(x: Tensor, dim: number): Tensor {
  return softmaxOp('softmax', x, dim);
}

/** log(softmax(x)) along `dim`, without the underflow; otherwise as `softmax`. */
export function logSoftmax(x: Tensor, dim: number): Tensor {
  return softmaxOp('logSoftmax', x, dim);
}

function softmaxOp(op: SoftmaxOp, x: Tensor, dim: number): Tensor {
  requireFloat(op, x.dtype);
  const shape = linesAlong(x.shape, normalizeDim(op, dim, x.rank));
  const y = softmaxForward(op, x, shape);
  return record(y, () => ({
    name: op,
    inputs: [x],
    saved: [y],
    backward: (gradient, [result]) => [softmaxBackward(op, gradient, result, shape)],
  }));
}
