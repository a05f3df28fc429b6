import { keep, scope, std, type Tensor } from '@lusd/tensor';
import { PredictionError } from '../errors.ts';
import type { State } from './editor.ts';

/** When something was computed, for a message. */
interface When {
  readonly iteration: number;
  readonly timestep: number;
}

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
export async function finiteDeviation(x: Tensor, when: When): Promise<number> {
  using own = keep(deviation(x));
  return await readDeviation(own, when);
}

/** Unbiased standard deviation over all elements, f32 []. */
export function deviation(x: Tensor): Tensor {
  return scope(() => std(x, undefined, { correction: 1 }));
}

/** @throws PredictionError when it is not finite */
export async function readDeviation(deviation: Tensor, { iteration, timestep }: When): Promise<number> {
  const value = await deviation.item();
  if (Number.isFinite(value)) return value;
  throw new PredictionError(
    `the model's prediction at iteration ${iteration}, timestep ${timestep}, is not finite; try f32 instead of f16, and check the weights`,
  );
}
