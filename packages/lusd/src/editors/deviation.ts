import { keep, scope, std, type Tensor } from '@lusd/tensor';
import { PredictionError } from '../errors.ts';
import type { State } from './editor.ts';

/**
 * Unbiased standard deviation of a predicted gradient, over all its elements. Reading it back also keeps the device's
 * queue to one step; meanwhile the host draws ahead.
 * @throws PredictionError when the gradient is not finite
 */
export async function deviationOf(gradient: Tensor, { iteration, draw, draws }: State): Promise<number> {
  using deviation = keep(scope(() => std(gradient, undefined, { correction: 1 })));
  const reading = deviation.item();
  draws.prepare();
  const value = await reading;
  if (Number.isFinite(value)) return value;
  throw new PredictionError(
    `the model's prediction at iteration ${iteration}, timestep ${draw.timestep}, is not finite; try f32 instead of f16, and check the weights`,
  );
}
