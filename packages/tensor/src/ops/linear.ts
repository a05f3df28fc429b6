import { promote, requireFloat } from '../dtype.ts';
import { ShapeError } from '../errors.ts';
import { record } from '../graph.ts';
import { asMatrix, matrixProduct, sumRows } from '../kernels/matrixProduct.ts';
import { extentOf, formatShape, requireShape } from '../shape.ts';
import { reshaped, type Tensor } from '../tensor.ts';

/**
 * x weight + bias over the last dimension: [.., in] x [in, out] + [out] -> [.., out]. f32 and f16, accumulated in f32;
 * the result has the wider dtype of `x` and `weight`. Reference: torch.nn.functional.linear with the weight
 * transposed.
 * @throws ShapeError when the extents of `x`, `weight` and `bias` do not fit
 * @throws DTypeError when an operand is not a float
 */
export function linear(x: Tensor, weight: Tensor, bias: Tensor | null = null): Tensor {
  for (const operand of [x, weight, bias]) if (operand) requireFloat('linear', operand.dtype);
  if (x.rank < 1 || weight.rank !== 2 || x.shape.at(-1) !== weight.shape[0]) {
    throw new ShapeError(
      `linear: x ${formatShape(x.shape)} needs a weight [${x.shape.at(-1) ?? 'in'}, out], got ${formatShape(weight.shape)}`,
    );
  }
  const features = extentOf(weight.shape, 1);
  if (bias) requireShape('linear', 'the bias', bias.shape, [features]);
  const rows = asMatrix(x);
  const product = matrixProduct('linear', rows, weight, { bias, dtype: promote(x.dtype, weight.dtype) });
  const y = reshaped(product, [...x.shape.slice(0, -1), features]);
  rows.dispose();
  return record(y, () => ({
    name: 'linear',
    inputs: [x, weight, bias],
    saved: [...(x.requiresGrad ? [weight] : []), ...(weight.requiresGrad ? [x] : [])],
    backward: (gradient, saved, needs) => {
      const upstream = asMatrix(gradient);
      return [
        needs[0] ? inputGradient(upstream, saved[0]!, x) : null,
        needs[1] ? weightGradient(upstream, saved.at(-1)!, weight) : null,
        needs[2] && bias ? sumRows(upstream, bias.dtype) : null,
      ];
    },
  }));
}

function inputGradient(gradient: Tensor, weight: Tensor, { shape, dtype }: Tensor): Tensor {
  return reshaped(matrixProduct('linearBackward', gradient, weight, { transposeB: true, dtype }), shape);
}

function weightGradient(gradient: Tensor, x: Tensor, { dtype }: Tensor): Tensor {
  return matrixProduct('linearBackward', asMatrix(x), gradient, { transposeA: true, dtype });
}
