import { requireFloat } from '../dtype.ts';
import { ShapeError } from '../errors.ts';
import { record } from '../graph.ts';
import { type Affine, checkAffine } from '../kernels/affine.ts';
import { replaceAs } from '../kernels/cast.ts';
import { type Groups, groupNormApply, groupStatistics } from '../kernels/groupNorm.ts';
import { channelSums, inputGradient } from '../kernels/groupNormBackward.ts';
import { type GroupNormOptions, suitsWholeGroups, wholeGroupNorm } from '../kernels/groupNormWhole.ts';
import { reduceMiddle, SUM } from '../kernels/reduce.ts';
import { dims, extentOf, formatShape, numel } from '../shape.ts';
import { reshaped, type Tensor } from '../tensor.ts';

/**
 * Normalization of each sample's groups of neighbouring channels to mean 0 and variance 1, then times `weight` plus
 * `bias` (both [C]); the statistics are in f32, about the mean. torch.nn.functional.group_norm, channels last.
 * @param x [N, .., C], f32 or f16
 * @throws ShapeError when C is not a multiple of `numGroups`, or weight or bias is not [C]; DTypeError unless floats
 */
export function groupNorm(
  x: Tensor,
  numGroups: number,
  weight?: Tensor | null,
  bias?: Tensor | null,
  eps = 1e-5,
): Tensor {
  return normalize('groupNorm', x, numGroups, { weight: weight ?? null, bias: bias ?? null }, eps);
}

/** silu(groupNorm(..)) without the tensor in between. */
export function groupNormSilu(
  x: Tensor,
  numGroups: number,
  weight?: Tensor | null,
  bias?: Tensor | null,
  eps = 1e-5,
): Tensor {
  return normalize('groupNormSilu', x, numGroups, { weight: weight ?? null, bias: bias ?? null }, eps);
}

function normalize(
  op: 'groupNorm' | 'groupNormSilu',
  x: Tensor,
  numGroups: number,
  affine: Affine,
  eps: number,
): Tensor {
  const silu = op === 'groupNormSilu';
  const groups = groupsOf(op, x, numGroups);
  checkAffine(op, affine, groups.shape.inner);
  const compute = suitsWholeGroups(x, groups) ? wholeGroupNorm : groupNormInParts;
  const { y, statistics } = compute(x, groups, affine, { eps, silu });
  const { weight, bias } = affine;
  const result = record(y, () => ({
    name: op,
    inputs: [x, weight, bias],
    saved: [x, statistics.mean, statistics.rstd, ...[weight, silu ? bias : null].filter((t) => t !== null)],
    backward: (gradient, [input, mean, rstd, ...rest], needs) => {
      const saved = { weight: weight && (rest[0] ?? null), bias: (silu && bias && rest.at(-1)) || null };
      const context = { x: input, groups, statistics: { mean, rstd }, affine: saved, silu };
      const sums = channelSums(gradient, context);
      return [
        needs[0] ? inputGradient(gradient, context, sums) : null,
        needs[1] && weight ? channelGradient(sums.along, weight) : null,
        needs[2] && bias ? channelGradient(sums.gradient, bias) : null,
      ];
    },
  }));
  statistics.mean.dispose();
  statistics.rstd.dispose();
  return result;
}

function groupNormInParts(x: Tensor, groups: Groups, affine: Affine, { eps, silu }: GroupNormOptions) {
  const statistics = groupStatistics(x, groups, eps);
  return { y: groupNormApply(x, groups, statistics, affine, silu), statistics };
}

function groupsOf(op: string, x: Tensor, groups: number): Groups {
  requireFloat(op, x.dtype);
  if (x.rank < 2) throw new ShapeError(`${op}: x must be [N, .., C], got ${formatShape(x.shape)}`);
  const inner = extentOf(x.shape, -1);
  if (!Number.isInteger(groups) || groups < 1 || inner % groups !== 0) {
    throw new ShapeError(
      `${op}: ${inner} channels of shape ${formatShape(x.shape)} do not make ${groups} groups`,
    );
  }
  return { shape: { outer: extentOf(x.shape, 0), length: numel(x.shape.slice(1, -1)), inner }, groups };
}

/** `sums` of channels over samples and parts: the gradient of weight or bias, in its dtype. */
function channelGradient(sums: Tensor, like: Tensor): Tensor {
  const [outer, parts, inner] = dims('groupNormBackward', sums, ['N', 'parts', 'C']);
  const total = reduceMiddle(sums, SUM, { outer: 1, length: outer * parts, inner });
  return replaceAs(reshaped(total, [inner]), like.dtype);
}
