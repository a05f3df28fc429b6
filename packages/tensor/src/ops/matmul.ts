import { type DType, promote, requireFloat } from '../dtype.ts';
import { ShapeError } from '../errors.ts';
import { record } from '../graph.ts';
import { castTo } from '../kernels/cast.ts';
import { asMatrix, matrixProduct } from '../kernels/matrixProduct.ts';
import { scope } from '../scope.ts';
import { formatShape, numel, type Shape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { reshape, unsqueeze } from './reshape.ts';
import { sumTo } from './sumTo.ts';

/** Which operands of a product are transposed. */
export interface MatmulOptions {
  /** Takes the last two dimensions of `a` in exchanged order; a vector stays as it is. */
  transposeA?: boolean;
  /** Takes the last two dimensions of `b` in exchanged order; a vector stays as it is. */
  transposeB?: boolean;
}

const NAME = 'matmulBackward';

/**
 * The matrix product a b over the last two dimensions, [.., m, k] x [.., k, n] -> [.., m, n], with the leading
 * dimensions broadcast. A vector `a` is a row, a vector `b` a column, and the result lacks that dimension. f32 and f16,
 * accumulated in f32; f16 with f32 gives f32. Reference: torch.matmul.
 * @throws ShapeError when an operand is a scalar, inner extents differ or leading dimensions do not broadcast
 * @throws DTypeError when an operand is not a float
 */
export function matmul(a: Tensor, b: Tensor, options: MatmulOptions = {}): Tensor {
  const { transposeA = false, transposeB = false } = options;
  for (const x of [a, b]) {
    requireFloat('matmul', x.dtype);
    if (x.rank < 1) throw new ShapeError('matmul: needs at least 1 dimension, got a scalar');
  }
  if (a.rank === 1 || b.rank === 1) return scope(() => vectorProduct(a, b, options));
  const [innerA, innerB] = [a.shape.at(transposeA ? -2 : -1)!, b.shape.at(transposeB ? -1 : -2)!];
  if (innerA !== innerB) {
    throw new ShapeError(
      `matmul: shapes ${formatShape(a.shape)} and ${formatShape(b.shape)} do not multiply: ${innerA} != ${innerB}`,
    );
  }
  const y = matrixProduct('matmul', a, b, { transposeA, transposeB, dtype: promote(a.dtype, b.dtype) });
  return record(y, () => ({
    name: 'matmul',
    inputs: [a, b],
    // Each operand's gradient reads the other operand.
    saved: [...(a.requiresGrad ? [b] : []), ...(b.requiresGrad ? [a] : [])],
    backward: (gradient, saved, needs) => [
      needs[0] ? gradientOfA(gradient, saved[0]!, a.shape, a.dtype, transposeA, transposeB) : null,
      needs[1] ? gradientOfB(gradient, saved.at(-1)!, b.shape, b.dtype, transposeA, transposeB) : null,
    ],
  }));
}

/** The product where `a` is a row, `b` a column, or both. */
function vectorProduct(
  a: Tensor,
  b: Tensor,
  { transposeA = false, transposeB = false }: MatmulOptions,
): Tensor {
  const [isRow, isColumn] = [a.rank === 1, b.rank === 1];
  const y = matmul(isRow ? unsqueeze(a, 0) : a, isColumn ? unsqueeze(b, 1) : b, {
    transposeA: transposeA && !isRow,
    transposeB: transposeB && !isColumn,
  });
  const rows = isRow ? [] : [y.shape.at(-2)!];
  const columns = isColumn ? [] : [y.shape.at(-1)!];
  return reshape(y, [...y.shape.slice(0, -2), ...rows, ...columns]);
}

/** Of op(A) op(B): gradient op(B)^T, or its transpose where A enters transposed; summed where A was broadcast. */
function gradientOfA(
  gradient: Tensor,
  b: Tensor,
  shape: Shape,
  dtype: DType,
  transposeA: boolean,
  transposeB: boolean,
): Tensor {
  const product = transposeA
    ? matrixProduct(NAME, b, gradient, { transposeA: transposeB, transposeB: true, dtype: 'f32' })
    : matrixProduct(NAME, gradient, b, { transposeB: !transposeB, dtype });
  return castTo(sumTo(product, shape), dtype);
}

/** Of op(A) op(B): op(A)^T gradient, or its transpose where B enters transposed; summed where B was broadcast. */
function gradientOfB(
  gradient: Tensor,
  a: Tensor,
  shape: Shape,
  dtype: DType,
  transposeA: boolean,
  transposeB: boolean,
): Tensor {
  // A matrix shared by the whole batch: the sum over the batch belongs to the inner dimension.
  const shared = numel(shape) === numel(shape.slice(-2)) && !transposeA && a.rank === gradient.rank;
  const [left, right] = shared ? [asMatrix(a), asMatrix(gradient)] : [a, gradient];
  const product = transposeB
    ? matrixProduct(NAME, right, left, { transposeA: true, transposeB: transposeA, dtype: 'f32' })
    : matrixProduct(NAME, left, right, { transposeA: !transposeA, dtype: 'f32' });
  return castTo(shared ? product.view(shape) : sumTo(product, shape), dtype);
}
