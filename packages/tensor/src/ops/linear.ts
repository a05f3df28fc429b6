import { promote, requireFloat } from '../dtype.ts';
import { ShapeError } from '../errors.ts';
import { needsGrad, record } from '../graph.ts';
import { asMatrix, matrixProduct, sumRows } from '../kernels/matrixProduct.ts';
import { scope } from '../scope.ts';
import { extentOf, formatShape, requireShape } from '../shape.ts';
import { reshaped, type Tensor } from '../tensor.ts';
import { geglu } from './geglu.ts';
import { gradientOf } from './sumTo.ts';
import { silu } from './unary.ts';

/** What `linear` does in the same pass as the product. */
export interface LinearOptions {
  /** Added to the result, whose shape it has: a residual. */
  add?: Tensor | null | undefined;
  /**
   * What follows: `silu`, or `geglu` of the features' two halves, which leaves half of them. Where a gradient is wanted
   * it is an operation of its own.
   */
  activation?: LinearActivation | null | undefined;
}

/** An activation that `linear` can apply in the same pass. */
export type LinearActivation = 'silu' | 'geglu';

const ACTIVATIONS: Readonly<Record<LinearActivation, (x: Tensor) => Tensor>> = { silu, geglu };

/**
 * x weight + bias + add over the last dimension: [.., in] x [in, out] + [out] + [.., out] -> [.., out]. f32 and f16,
 * accumulated in f32 and rounded once; the result has the widest dtype of `x`, `weight` and `add`. Reference:
 * torch.nn.functional.linear with the weight transposed.
 * @throws ShapeError when the extents of `x`, `weight`, `bias` and `add` do not fit
 * @throws DTypeError when an operand is not a float
 */
export function linear(
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null = null,
  { add = null, activation = null }: LinearOptions = {},
): Tensor {
  if (activation && ((activation === 'geglu' && add !== null) || needsGrad(x, weight, bias, add)))
    return scope(() => ACTIVATIONS[activation](linear(x, weight, bias, { add })));
  for (const operand of [x, weight, bias, add]) if (operand) requireFloat('linear', operand.dtype);
  if (x.rank < 1 || weight.rank !== 2 || x.shape.at(-1) !== weight.shape[0]) {
    throw new ShapeError(
      `linear: x ${formatShape(x.shape)} needs a weight [${x.shape.at(-1) ?? 'in'}, out], got ${formatShape(weight.shape)}`,
    );
  }
  const features = extentOf(weight.shape, 1);
  const shape = [...x.shape.slice(0, -1), features];
  if (bias) requireShape('linear', 'the bias', bias.shape, [features]);
  if (add) requireShape('linear', 'what is added', add.shape, shape);
  const rows = asMatrix(x);
  const product = promote(x.dtype, weight.dtype);
  const dtype = add ? promote(product, add.dtype) : product;
  const result = activation === 'geglu' ? [...x.shape.slice(0, -1), halfOf(features)] : shape;
  const y = reshaped(matrixProduct('linear', rows, weight, { bias, add, activation, dtype }), result);
  rows.dispose();
  return record(y, () => ({
    name: 'linear',
    inputs: [x, weight, bias, add],
    saved: [...(x.requiresGrad ? [weight] : []), ...(weight.requiresGrad ? [x] : [])],
    backward: (gradient, saved, needs) => {
      const upstream = asMatrix(gradient);
      return [
        needs[0] ? inputGradient(upstream, saved[0]!, x) : null,
        needs[1] ? weightGradient(upstream, saved.at(-1)!, weight) : null,
        needs[2] && bias ? sumRows(upstream, bias.dtype) : null,
        needs[3] && add ? gradientOf(gradient, add) : null,
      ];
    },
  }));
}

/** @throws ShapeError for an odd number of features */
function halfOf(features: number): number {
  if (features % 2 === 0) return features / 2;
  throw new ShapeError(`linear: geglu halves the features, and ${features} is odd`);
}

function inputGradient(gradient: Tensor, weight: Tensor, { shape, dtype }: Tensor): Tensor {
  return reshaped(matrixProduct('linearBackward', gradient, weight, { transposeB: true, dtype }), shape);
}

function weightGradient(gradient: Tensor, x: Tensor, { dtype }: Tensor): Tensor {
  return matrixProduct('linearBackward', asMatrix(x), gradient, { transposeA: true, dtype });
}
