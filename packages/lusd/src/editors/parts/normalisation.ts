import { eq, scope, std, type Tensor, where } from '@lusd/tensor';
import { type DirectionScaleOptions, directionScaleSchedule } from '../schedules.ts';

/** `direction` with its standard deviation (unbiased) brought to `scale`, its mean kept; all zeros stay as they are. */
export function normalisedDirection(direction: Tensor, scale: number): Tensor {
  return scope(() => {
    const deviation = std(direction, undefined, { correction: 1 });
    return where(eq(deviation, 0), direction, direction.mul(scale).div(deviation));
  });
}

/** Brings every direction to the standard deviation of a schedule (section 3.4 of LUSD's paper). */
export class Normalisation {
  private readonly scales: Float64Array;

  constructor(numSteps: number, options: DirectionScaleOptions) {
    this.scales = directionScaleSchedule(numSteps, options);
  }

  apply(direction: Tensor, iteration: number): Tensor {
    return normalisedDirection(direction, this.scales[iteration]!);
  }
}
