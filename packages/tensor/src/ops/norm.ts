import { requireFloat } from '../dtype.ts';
import { TensorError } from '../errors.ts';
import { record } from '../graph.ts';
import { replaceAs } from '../kernels/cast.ts';
import { pointwise } from '../kernels/pointwise.ts';
import { MAX_ABS, MIN_ABS, reduceAxes, SUM, SUM_ABS, SUM_SQUARES } from '../kernels/reduce.ts';
import type { Tensor } from '../tensor.ts';
import { type Dims, type ReducedDims, type ReduceOptions, requireElements, resolveDims } from './reduce.ts';

/** The order of a norm; torch.linalg.vector_norm. */
export interface NormOptions extends ReduceOptions {
  /**
   * The order: (sum |x|^p)^(1/p), so 1 sums magnitudes and 2 is Euclidean; Infinity and -Infinity give the largest and
   * smallest magnitude, 0 counts what is not 0. Default 2.
   */
  p?: number;
}

/**
 * Vector norm of order `p` over `dims`, accumulated in f32; 0 of nothing. At 0 its gradient is 0, and equals share
 * that of the infinity norms. torch.linalg.vector_norm.
 * @throws ShapeError for dimensions that do not exist or repeat, and when a norm of negative or infinite order has
 *   nothing to reduce; TensorError when `p` is NaN; DTypeError unless floats
 */
export function norm(x: Tensor, dims?: Dims, options: NormOptions = {}): Tensor {
  requireFloat('norm', x.dtype);
  const { p = 2 } = options;
  if (Number.isNaN(p)) throw new TensorError('norm: p must be a number, got NaN');
  const resolved = resolveDims('norm', x, dims, options);
  if (p < 0 || p === Infinity) requireElements('norm', x, resolved);
  const value = forward(x, p, resolved.dims);
  const y = replaceAs(value.view(resolved.shape), x.dtype);
  const result = record(y, () => ({
    name: 'norm',
    inputs: [x],
    saved: [x, value],
    backward: (gradient, [input, kept]) => [
      inputGradient(gradient.view(resolved.kept), input!, kept!, p, resolved),
    ],
  }));
  value.dispose();
  return result;
}

/** The norm in f32, with the reduced dimensions kept. */
function forward(x: Tensor, p: number, dims: readonly number[]): Tensor {
  if (p === 1) return reduceAxes(x, SUM_ABS, dims);
  if (p === Infinity) return reduceAxes(x, MAX_ABS, dims);
  if (p === -Infinity) return reduceAxes(x, MIN_ABS, dims);
  if (p === 2) return afterwards('sqrt(a)', reduceAxes(x, SUM_SQUARES, dims));
  if (p === 0) return sumOfTerms(x, 'select(V(1), V(0), a == V(0))', [], dims);
  return afterwards('pow(a, s)', sumOfTerms(x, 'pow(abs(a), s)', [p], dims), [1 / p]);
}

function sumOfTerms(
  x: Tensor,
  expression: string,
  scalars: readonly number[],
  dims: readonly number[],
): Tensor {
  const terms = pointwise({ name: 'normTerms', expression }, [x], 'f32', scalars);
  const total = reduceAxes(terms, SUM, dims);
  terms.dispose();
  return total;
}

/** `expression` of the sum `a`, which is disposed, and the number `s`. */
function afterwards(expression: string, sum: Tensor, scalars: readonly number[] = []): Tensor {
  const root = pointwise({ name: 'norm', expression }, [sum], 'f32', scalars);
  sum.dispose();
  return root;
}

function inputGradient(gradient: Tensor, x: Tensor, value: Tensor, p: number, { dims }: ReducedDims): Tensor {
  if (Math.abs(p) === Infinity) return sharedByExtremes(gradient, x, value, dims);
  if (p === 0) return pointwise({ name: 'normBackward', expression: 'V(0)' }, [x], x.dtype);
  if (p === 1) return pointwise({ name: 'normBackward', expression: 'a * sign(b)' }, [gradient, x], x.dtype);
  if (p === 2) {
    const expression = 'select(a * b / c, V(0), c == V(0))';
    return pointwise({ name: 'normBackward', expression }, [gradient, x, value], x.dtype);
  }
  // The ratio is taken first: powers of elements and of the norm by themselves may overflow.
  const expression = 'select(a * sign(b) * pow(abs(b) / c, s), V(0), (b == V(0)) | (c == V(0)))';
  return pointwise({ name: 'normBackward', expression }, [gradient, x, value], x.dtype, [p - 1]);
}

/** The gradient of the largest or smallest magnitude, which is `value`. */
function sharedByExtremes(gradient: Tensor, x: Tensor, value: Tensor, dims: readonly number[]): Tensor {
  const signs = 'select(V(0), sign(a), abs(a) == b)';
  const extreme = pointwise({ name: 'normExtremes', expression: signs }, [x, value], x.dtype);
  const magnitudes = reduceAxes(extreme, SUM_ABS, dims);
  const share = 'select(a * b / c, V(0), c == V(0))';
  return pointwise({ name: 'normBackward', expression: share }, [gradient, extreme, magnitudes], x.dtype);
}
