import { roundHalfToEven } from '../roundHalfToEven.ts';
import type { TimestepSpacing } from './samplerFields.ts';

/**
 * The training steps at which a sampler of `steps` steps evaluates the model, descending.
 *
 * @param trainSteps number of training steps
 * @param offset diffusers' `steps_offset`, for `leading`
 * @throws RangeError if the offset leads beyond the last training step
 * Reference: `set_timesteps` of diffusers'
 *   DDIMScheduler and EulerDiscreteScheduler (which leaves `linspace` unrounded). Where a rounding makes diffusers
 *   append a step -1 to `trailing` (of 61 steps, say), this does not.
 */
export function spacedTimesteps(
  spacing: TimestepSpacing,
  steps: number,
  trainSteps: number,
  offset: number,
): number[] {
  switch (spacing) {
    case 'linspace':
      return linspaceTimesteps(steps, trainSteps).map(roundHalfToEven);
    case 'leading': {
      const ratio = Math.floor(trainSteps / steps);
      const first = (steps - 1) * ratio + offset;
      if (first >= trainSteps) {
        throw new RangeError(
          `${steps} steps from an offset of ${offset} reach training step ${first} of ${trainSteps}; take fewer steps.`,
        );
      }
      return Array.from({ length: steps }, (_, i) => (steps - 1 - i) * ratio + offset);
    }
    case 'trailing': {
      // As numpy.arange adds: the difference of its first two values, which is off by a rounding, decides at halves.
      const stride = trainSteps - (trainSteps - trainSteps / steps);
      return Array.from({ length: steps }, (_, i) => roundHalfToEven(trainSteps - i * stride) - 1);
    }
  }
}

/** Evenly spaced from the last training step down to 0, not rounded. */
export function linspaceTimesteps(count: number, trainSteps: number): number[] {
  const step = count > 1 ? (trainSteps - 1) / (count - 1) : 0;
  return Array.from({ length: count }, (_, i) =>
    i === 0 && count > 1 ? trainSteps - 1 : (count - 1 - i) * step,
  );
}
