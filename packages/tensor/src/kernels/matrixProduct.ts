import type { DType } from '../dtype.ts';
import { ShapeError } from '../errors.ts';
import { broadcastShapes, broadcastStrides, dims, extentOf, numel, type Shape } from '../shape.ts';
import { reshaped, type Tensor, viewOf } from '../tensor.ts';
import { type Gemm, gemm, type JointOperands, jointGemm } from './gemm.ts';
import type { GemmActivation } from './gemmBody.ts';
import type { GemmOperand } from './gemmOperand.ts';
import { reduceMiddle, SUM } from './reduce.ts';
import { MAX_RANK } from './wgsl.ts';

export interface MatrixProductOptions {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
  /** One value a column, added in the same pass. */
  readonly bias?: Tensor | null;
  /** Of the result's shape, added in the same pass. */
  readonly add?: Tensor | null;
  /** What becomes of the sums; with `geglu` the result has half of the columns. */
  readonly activation?: GemmActivation | null;
  /** Of the result. */
  readonly dtype: DType;
}

/** An operand of matrices with rows of `columns` elements, and the stride in elements of each axis of its batch. */
function operand(
  tensor: Tensor,
  contiguous: 'outer' | 'inner',
  columns: number,
  batch: readonly number[],
): GemmOperand {
  const strides =
    contiguous === 'outer' ? { outer: 1, tap: 0, inner: columns } : { outer: columns, tap: 0, inner: 1 };
  return { tensor, layout: 'matrix', contiguous, strides, batch };
}

/** The product over the last two axes, with the leading ones broadcast; inner extents must agree. */
export function matrixProduct(name: string, a: Tensor, b: Tensor, options: MatrixProductOptions): Tensor {
  return gemm(problemOf(name, a, b, options));
}

/** The products of a matrix with several that have one shape and one dtype, as their biases have. */
export function matrixProducts(
  name: string,
  a: Tensor,
  [first, ...others]: readonly [JointOperands, ...JointOperands[]],
  dtype: DType,
): Tensor[] {
  return jointGemm(problemOf(name, a, first.b, { bias: first.bias, dtype }), others);
}

function problemOf(name: string, a: Tensor, b: Tensor, options: MatrixProductOptions): Gemm {
  const {
    transposeA = false,
    transposeB = false,
    bias = null,
    add = null,
    activation = null,
    dtype,
  } = options;
  const [batchA, batchB] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
  const batch = broadcastShapes(name, batchA, batchB);
  if (batch.length > MAX_RANK)
    throw new ShapeError(`${name}: at most ${MAX_RANK} leading axes, got ${batch.length}`);
  const m = extentOf(a.shape, transposeA ? -1 : -2);
  const depth = extentOf(a.shape, transposeA ? -2 : -1);
  const n = extentOf(b.shape, transposeB ? -2 : -1);
  // One matrix B for the whole batch: the rows of all the A are the rows of one product.
  const stacked = !transposeA && numel(batchB) === 1;
  const strides = (own: Shape, size: number) =>
    stacked ? [] : broadcastStrides(own, batch).map((stride) => stride * size);
  return {
    name,
    a: operand(a, transposeA ? 'outer' : 'inner', extentOf(a.shape, -1), strides(batchA, m * depth)),
    b: operand(b, transposeB ? 'inner' : 'outer', extentOf(b.shape, -1), strides(batchB, depth * n)),
    bias,
    addend: add && { tensor: add, rows: 1 },
    activation,
    batch: stacked ? [] : batch,
    m: stacked ? m * numel(batch) : m,
    n,
    taps: 1,
    depth,
    image: null,
    output: {
      shape: [...batch, m, n],
      dtype,
      strides: { batch: stacked ? 0 : m * n, row: n, bias: 0 },
    },
  };
}

/** `x` with its leading axes joined into rows. */
export function asMatrix(x: Tensor): Tensor {
  const columns = extentOf(x.shape, -1);
  return viewOf(x, [numel(x.shape.slice(0, -1)), columns]);
}

/** The sum of the rows of a matrix, in `dtype`: the gradient of a bias. */
export function sumRows(x: Tensor, dtype: DType): Tensor {
  const [rows, columns] = dims('sumRows', x, ['rows', 'columns']);
  return reshaped(reduceMiddle(x, SUM, { outer: 1, length: rows, inner: columns }, dtype), [columns]);
}
