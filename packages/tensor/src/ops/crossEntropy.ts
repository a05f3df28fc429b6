import { requireFloat } from '../dtype.ts';
import { DTypeError, ShapeError } from '../errors.ts';
import { record } from '../graph.ts';
import { crossEntropyBackward, crossEntropyForward } from '../kernels/crossEntropy.ts';
import { formatShape, requireShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { type LossOptions, reduceLoss } from './losses.ts';

/**
 * Negative log-likelihood of the classes `target` [N] (i32, in [0, C)) under the logits `input` [N, C], in f32; the
 * result has the logits' dtype. A target outside the classes makes its loss and its row of the gradient NaN.
 * torch.nn.functional.cross_entropy.
 * @throws ShapeError unless the shapes are [N, C] and [N]; DTypeError unless they are floats and i32
 */
export function crossEntropy(input: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  const { reduction = 'mean' } = options;
  requireFloat('crossEntropy', input.dtype);
  if (target.dtype !== 'i32') throw new DTypeError(`crossEntropy: target must be i32, got ${target.dtype}`);
  if (input.rank !== 2)
    throw new ShapeError(`crossEntropy: input must be [N, C], got ${formatShape(input.shape)}`);
  const [rows, classes] = input.shape as [number, number];
  requireShape('crossEntropy', 'target', target.shape, [rows]);
  if (classes === 0) throw new ShapeError(`crossEntropy: shape ${formatShape(input.shape)} has no classes`);
  const { losses, norms } = crossEntropyForward(input, target);
  const y = reduceLoss(losses, reduction, input.dtype);
  const result = record(y, () => ({
    name: 'crossEntropy',
    inputs: [input, null],
    saved: [input, target, norms],
    backward: (gradient, [logits, classOf, rowNorms]) => {
      const scale = reduction === 'mean' ? 1 / rows : 1;
      return [crossEntropyBackward(gradient, logits!, classOf!, rowNorms!, scale), null];
    },
  }));
  norms.dispose();
  return result;
}
