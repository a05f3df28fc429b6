import { isFloat } from '../dtype.ts';
import { record } from '../graph.ts';
import { replaceAs } from '../kernels/cast.ts';
import { pointwise } from '../kernels/pointwise.ts';
import { reduceAxes, SUM, SUM_SQUARES } from '../kernels/reduce.ts';
import { scope } from '../scope.ts';
import { type Tensor, viewOf } from '../tensor.ts';
import { cast } from './cast.ts';
import { type Dims, type ReducedDims, type ReduceOptions, resolveDims } from './reduce.ts';

/** As `ReduceOptions`, and what the sum of squares is divided by. */
export interface VarianceOptions extends ReduceOptions {
  /** Subtracted from the count of elements that the sum of squares is divided by. Default 1 (Bessel's). */
  correction?: number;
}

/**
 * Variance over `dims`, in f32 about the mean, without cancellation if the mean is far from 0; integers give f32, and
 * fewer elements than `correction` NaN or infinity. torch.var (a reserved word here).
 * @throws ShapeError for dimensions that do not exist or repeat
 */
export function variance(x: Tensor, dims?: Dims, options: VarianceOptions = {}): Tensor {
  if (!isFloat(x.dtype)) return scope(() => variance(cast(x, 'f32'), dims, options));
  const resolved = resolveDims('variance', x, dims, options);
  const degrees = degreesOfFreedom(resolved, options);
  const { mean, y } = scope(() => {
    const { mean, squares } = moments(x, resolved);
    const y = pointwise({ name: 'variance', expression: 'a / s' }, [squares], x.dtype, [degrees]);
    return { mean, y: viewOf(y, resolved.shape) };
  });
  const result = record(y, () => ({
    name: 'variance',
    inputs: [x],
    saved: [x, mean],
    backward: (gradient, saved) => [
      pointwise(
        { name: 'varianceBackward', expression: 'a * (b - c) * s' },
        [viewOf(gradient, resolved.kept), ...saved],
        x.dtype,
        [2 / degrees],
      ),
    ],
  }));
  mean.dispose();
  return result;
}

/**
 * Standard deviation over `dims`: the square root of `variance`, with its options. Its gradient at 0 is 0. torch.std.
 */
export function std(x: Tensor, dims?: Dims, options: VarianceOptions = {}): Tensor {
  if (!isFloat(x.dtype)) return scope(() => std(cast(x, 'f32'), dims, options));
  const resolved = resolveDims('std', x, dims, options);
  const degrees = degreesOfFreedom(resolved, options);
  const { mean, root } = scope(() => {
    const { mean, squares } = moments(x, resolved);
    return { mean, root: pointwise({ name: 'std', expression: 'sqrt(a / s)' }, [squares], 'f32', [degrees]) };
  });
  const y = replaceAs(viewOf(root, resolved.shape), x.dtype);
  const result = record(y, () => ({
    name: 'std',
    inputs: [x],
    saved: [x, mean, root],
    backward: (gradient, saved) => [
      pointwise(
        { name: 'stdBackward', expression: 'select(a * (b - c) / (d * s), V(0), d == V(0))' },
        [viewOf(gradient, resolved.kept), ...saved],
        x.dtype,
        [degrees],
      ),
    ],
  }));
  mean.dispose();
  root.dispose();
  return result;
}

function degreesOfFreedom({ count }: ReducedDims, { correction = 1 }: VarianceOptions): number {
  return Math.max(0, count - correction);
}

/** The mean and the sum of squares about it, in f32, with the reduced dimensions kept. */
function moments(x: Tensor, { dims, count }: ReducedDims): { mean: Tensor; squares: Tensor } {
  const total = reduceAxes(x, SUM, dims);
  const mean = pointwise({ name: 'mean', expression: 'a / s' }, [total], 'f32', [count]);
  const centered = pointwise({ name: 'center', expression: 'a - b' }, [x, mean], 'f32');
  return { mean, squares: reduceAxes(centered, SUM_SQUARES, dims) };
}
