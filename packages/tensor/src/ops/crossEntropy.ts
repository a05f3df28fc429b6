import { isFloat, requireFloat } from '../dtype.ts';
import { DTypeError, ShapeError, TensorError } from '../errors.ts';
import { record } from '../graph.ts';
import { crossEntropyBackward, crossEntropyForward } from '../kernels/crossEntropy.ts';
import { scope } from '../scope.ts';
import { formatShape, requireShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { add, div, mul } from './binary.ts';
import { cast } from './cast.ts';
import { eq } from './compare.ts';
import { full } from './create.ts';
import { gather, indexSelect } from './gather.ts';
import { type LossOptions, reduceLoss } from './losses.ts';
import { sum } from './reduce.ts';
import { reshape, squeeze, unsqueeze } from './reshape.ts';
import { where } from './select.ts';
import { logSoftmax } from './softmax.ts';
import { neg } from './unary.ts';

/** How the losses of classes count; torch.nn.functional.cross_entropy. */
export interface CrossEntropyOptions extends LossOptions {
  /** A factor for the loss of each class, [C]; a mean over classes divides by the factors' sum. Default: all 1. */
  weight?: Tensor;
  /** A target that is ignored: no loss, no gradient, not counted in the mean. Default: none (torch's is -100). */
  ignoreIndex?: number;
  /** The part of every target, in [0, 1], that is spread evenly over all classes. Default 0. */
  labelSmoothing?: number;
}

/**
 * Negative log-likelihood of `target` under the logits `input` [.., C], in f32; the result has the logits' dtype.
 * `target` holds classes [..] (i32, in [0, C)) or the classes' probabilities [.., C] (floats). A class outside [0, C)
 * makes its loss and its row of the gradient NaN. torch.nn.functional.cross_entropy, with the classes last.
 * @throws ShapeError when shapes do not fit; DTypeError unless they are floats, and i32 or floats; TensorError when
 *   `labelSmoothing` is outside [0, 1], or `ignoreIndex` is used with probabilities
 */
export function crossEntropy(input: Tensor, target: Tensor, options: CrossEntropyOptions = {}): Tensor {
  checkOperands(input, target, options);
  const { reduction = 'mean', weight, ignoreIndex, labelSmoothing = 0 } = options;
  return scope(() => {
    if (isFloat(target.dtype)) return ofProbabilities(input, target, options);
    if (weight || ignoreIndex !== undefined || labelSmoothing > 0) return ofClasses(input, target, options);
    const y = fused(reshape(input, [target.size, input.shape.at(-1)!]), target, reduction);
    return reduction === 'none' ? reshape(y, target.shape) : y;
  });
}

function checkOperands(
  input: Tensor,
  target: Tensor,
  { weight, ignoreIndex, labelSmoothing = 0 }: CrossEntropyOptions,
): void {
  requireFloat('crossEntropy', input.dtype);
  const classes = input.shape.at(-1);
  if (classes === undefined) throw new ShapeError('crossEntropy: input must be [.., C], got a scalar');
  if (classes === 0) throw new ShapeError(`crossEntropy: shape ${formatShape(input.shape)} has no classes`);
  const probabilities = isFloat(target.dtype);
  if (!probabilities && target.dtype !== 'i32')
    throw new DTypeError(
      `crossEntropy: target must be i32 classes or float probabilities, got ${target.dtype}`,
    );
  requireShape(
    'crossEntropy',
    `target (${target.dtype})`,
    target.shape,
    probabilities ? input.shape : input.shape.slice(0, -1),
  );
  if (weight) requireShape('crossEntropy', 'weight', weight.shape, [classes]);
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1))
    throw new TensorError(`crossEntropy: labelSmoothing must be in [0, 1], got ${labelSmoothing}`);
  if (probabilities && ignoreIndex !== undefined)
    throw new TensorError('crossEntropy: ignoreIndex names a class, but target holds probabilities');
}

/** Of logits [N, C] and N classes, without a tensor of probabilities. */
function fused(input: Tensor, target: Tensor, reduction: 'mean' | 'sum' | 'none'): Tensor {
  const { losses, norms } = crossEntropyForward(input, target);
  const y = reduceLoss(losses, reduction, input.dtype);
  const result = record(y, () => ({
    name: 'crossEntropy',
    inputs: [input, null],
    saved: [input, target, norms],
    backward: (gradient, [logits, classOf, rowNorms]) => {
      const scale = reduction === 'mean' ? 1 / target.size : 1;
      return [crossEntropyBackward(gradient, logits!, classOf!, rowNorms!, scale), null];
    },
  }));
  norms.dispose();
  return result;
}

/** Logarithms of the probabilities, times the weight of their class. */
function weightedLogarithms(input: Tensor, weight: Tensor | undefined): Tensor {
  const logarithms = logSoftmax(cast(input, 'f32'), -1);
  return weight ? mul(logarithms, weight) : logarithms;
}

function ofProbabilities(
  input: Tensor,
  target: Tensor,
  { weight, labelSmoothing = 0, reduction = 'mean' }: CrossEntropyOptions,
): Tensor {
  const even = labelSmoothing / input.shape.at(-1)!;
  const truth = labelSmoothing > 0 ? add(mul(target, 1 - labelSmoothing), even) : target;
  const losses = neg(sum(mul(weightedLogarithms(input, weight), truth), -1));
  const y = reduction === 'none' ? losses : sum(losses);
  return cast(reduction === 'mean' ? div(y, losses.size) : y, input.dtype);
}

function ofClasses(input: Tensor, target: Tensor, options: CrossEntropyOptions): Tensor {
  const { weight, ignoreIndex, labelSmoothing = 0, reduction = 'mean' } = options;
  const ignored = ignoreIndex === undefined ? null : eq(target, ignoreIndex);
  const counted = (x: Tensor) => (ignored ? where(ignored, 0, x) : x);
  const classOf = counted(target);
  const logarithms = weightedLogarithms(input, weight);
  const ofTarget = squeeze(gather(logarithms, -1, unsqueeze(classOf, -1)), -1);
  const even = labelSmoothing / input.shape.at(-1)!;
  const likelihood =
    labelSmoothing > 0 ? add(mul(ofTarget, 1 - labelSmoothing), mul(sum(logarithms, -1), even)) : ofTarget;
  const losses = counted(neg(likelihood));
  if (reduction === 'none') return cast(losses, input.dtype);
  if (reduction === 'sum') return cast(sum(losses), input.dtype);
  const weights = weight
    ? reshape(indexSelect(weight, 0, reshape(classOf, [target.size])), target.shape)
    : full(target.shape, 1, { device: input.device });
  return cast(div(sum(losses), sum(counted(weights))), input.dtype);
}
