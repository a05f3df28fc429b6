import { keep, scope, std, type Tensor } from '@lusd/tensor';
import { PredictionError } from '../errors.ts';
import type { State } from './editor.ts';

/**
 * Unbiased standard deviation of a predicted gradient, over all its elements. Reading it back also keeps the device's
 * queue to one step; meanwhile the host draws ahead.
 * @throws PredictionError when the gradient is not finite
 */
export function deviationOf(gradient: Tensor, { iteration, draw, draws }: State): Promise<number> {
  const reading = finiteDeviation(gradient, { iteration, timestep: draw.timestep });
  draws.prepare();
  return reading;
}

/** As {@link deviationOf}, of what a method without draws computed at a timestep. */
export async function finiteDeviation(
  x: Tensor,
  { iteration, timestep }: { readonly iteration: number; readonly timestep: number },
): Promise<number> {
  using deviation = keep(scope(() => std(x, undefined, { correction: 1 })));
  const value = await deviation.item();
  if (Number.isFinite(value)) return value;
  throw new PredictionError(
    `the model's prediction at iteration ${iteration}, timestep ${timestep}, is not finite; try f32 instead of f16, and check the weights`,
  );
}
