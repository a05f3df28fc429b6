import { requireFloat } from '../dtype.ts';
import { TensorError } from '../errors.ts';
import { record } from '../graph.ts';
import { replaceAs } from '../kernels/cast.ts';
import { pointwise } from '../kernels/pointwise.ts';
import { MAX_ABS, reduceAxes, SUM_ABS, SUM_SQUARES } from '../kernels/reduce.ts';
import type { Tensor } from '../tensor.ts';
import { type Axes, type ReducedAxes, type ReduceOptions, resolveAxes } from './reduce.ts';

export interface NormOptions extends ReduceOptions {
  /** 1: sum of magnitudes; 2: Euclidean; Infinity: largest magnitude. Default 2. */
  p?: 1 | 2 | typeof Infinity;
}

/**
 * Vector norm of order `p` over `axes`, accumulated in f32; 0 of nothing. At 0 its gradient is 0, and equals share
 * that of the infinity norm. torch.linalg.vector_norm.
 * @throws ShapeError for axes that do not exist or repeat; TensorError for another `p`; DTypeError unless floats
 */
export function norm(x: Tensor, axes?: Axes, options: NormOptions = {}): Tensor {
  requireFloat('norm', x.dtype);
  const { p = 2 } = options;
  const resolved = resolveAxes('norm', x, axes, options);
  const value = forward(x, p, resolved.axes);
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

/** The norm in f32, with the reduced axes kept. */
function forward(x: Tensor, p: number, axes: readonly number[]): Tensor {
  if (p === 1) return reduceAxes(x, SUM_ABS, axes);
  if (p === Infinity) return reduceAxes(x, MAX_ABS, axes);
  if (p !== 2) throw new TensorError(`norm: p must be 1, 2 or Infinity, got ${p}`);
  const squares = reduceAxes(x, SUM_SQUARES, axes);
  const root = pointwise({ name: 'norm', expression: 'sqrt(a)' }, [squares], 'f32');
  squares.dispose();
  return root;
}

function inputGradient(gradient: Tensor, x: Tensor, value: Tensor, p: number, { axes }: ReducedAxes): Tensor {
  if (p === 1) return pointwise({ name: 'normBackward', expression: 'a * sign(b)' }, [gradient, x], x.dtype);
  if (p === 2) {
    const expression = 'select(a * b / c, V(0), c == V(0))';
    return pointwise({ name: 'normBackward', expression }, [gradient, x, value], x.dtype);
  }
  const signs = 'select(V(0), sign(a), abs(a) == b)';
  const extreme = pointwise({ name: 'normExtremes', expression: signs }, [x, value], x.dtype);
  const magnitudes = reduceAxes(extreme, SUM_ABS, axes);
  const share = 'select(a * b / c, V(0), c == V(0))';
  return pointwise({ name: 'normBackward', expression: share }, [gradient, extreme, magnitudes], x.dtype);
}
