import { keep, scope, std, type Tensor } from '@lusd/tensor';
import type { Draw } from '../draws.ts';
import { PredictionError } from '../errors.ts';

/**
 * Unbiased standard deviation of a predicted gradient, over all its elements. Reading it back also keeps the device's
 * queue to one step.
 * @throws PredictionError when the gradient is not finite
 */
export async function deviationOf(
  gradient: Tensor,
  { iteration, draw }: { readonly iteration: number; readonly draw: Pick<Draw, 'timestep'> },
): Promise<number> {
  using deviation = keep(scope(() => std(gradient, undefined, { correction: 1 })));
  const value = await deviation.item();
  if (Number.isFinite(value)) return value;
  throw new PredictionError(
    `the model's prediction at iteration ${iteration}, timestep ${draw.timestep}, is not finite; try f32 instead of f16, and check the weights`,
  );
}
