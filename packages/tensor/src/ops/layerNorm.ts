import { requireFloat } from '../dtype.ts';
import { ShapeError } from '../errors.ts';
import { record } from '../graph.ts';
import { checkAffine } from '../kernels/affine.ts';
import { replaceAs } from '../kernels/cast.ts';
import { layerNormBackward, layerNormForward } from '../kernels/layerNorm.ts';
import { pointwise } from '../kernels/pointwise.ts';
import { reduceMiddle, SUM } from '../kernels/reduce.ts';
import { extentOf } from '../shape.ts';
import { reshaped, type Tensor, viewOf } from '../tensor.ts';

/**
 * Normalization over the last dimension to mean 0 and variance 1, then times `weight` plus `bias` (both [C]); the
 * statistics are in f32, about the mean. torch.nn.functional.layer_norm.
 * @param x [.., C], f32 or f16
 * @throws ShapeError when weight or bias is not [C], or `x` is a scalar; DTypeError unless all are floats
 */
export function layerNorm(x: Tensor, weight?: Tensor | null, bias?: Tensor | null, eps = 1e-5): Tensor {
  const channels = x.shape.at(-1);
  if (channels === undefined) throw new ShapeError('layerNorm: a scalar has no dimension to normalize over');
  requireFloat('layerNorm', x.dtype);
  const affine = { weight: weight ?? null, bias: bias ?? null };
  checkAffine('layerNorm', affine, channels);
  const rows = x.size / Math.max(1, channels);
  const { y, mean, rstd } = layerNormForward(x, rows, affine, eps);
  const result = record(y, () => ({
    name: 'layerNorm',
    inputs: [x, affine.weight, affine.bias],
    saved: [x, mean, rstd, ...(weight ? [weight] : [])],
    backward: (gradient, [input, means, rstds, scale], needs) => {
      const lines = { outer: 1, length: rows, inner: channels };
      const sumRows = (terms: Tensor, like: Tensor) =>
        replaceAs(reshaped(reduceMiddle(terms, SUM, lines), [channels]), like.dtype);
      return [
        needs[0] ? layerNormBackward(gradient, input, scale ?? null, { mean: means, rstd: rstds }) : null,
        needs[1] && weight ? sumRows(alongNormal(gradient, input, means, rstds, rows), weight) : null,
        needs[2] && bias ? sumRows(gradient, bias) : null,
      ];
    },
  }));
  mean.dispose();
  rstd.dispose();
  return result;
}

/** The gradient times the normalized input, [rows, C] in f32. */
function alongNormal(gradient: Tensor, x: Tensor, mean: Tensor, rstd: Tensor, rows: number): Tensor {
  const shape = [rows, extentOf(x.shape, -1)];
  const spec = { name: 'layerNormWeight', expression: 'a * (b - c) * d' };
  return pointwise(spec, [viewOf(gradient, shape), viewOf(x, shape), mean, rstd], 'f32');
}
