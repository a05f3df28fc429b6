import { eq, scope, std, type Tensor, where } from '@lusd/tensor';
import type { DeviceNumbers } from '../numbers.ts';
import { type DirectionScaleOptions, directionScaleSchedule } from '../schedules.ts';

/** `direction` with its standard deviation (unbiased) brought to `scale`, its mean kept; all zeros stay as they are. */
export function normalisedDirection(direction: Tensor, scale: number | Tensor): Tensor {
  return scope(() => {
    const deviation = std(direction, undefined, { correction: 1 });
    return where(eq(deviation, 0), direction, direction.mul(scale).div(deviation));
  });
}

/** Brings every direction to the standard deviation of a schedule (section 3.4 of LUSD's paper). */
export class Normalisation {
  private readonly scales: Float64Array;

  constructor(
    numSteps: number,
    options: DirectionScaleOptions,
    private readonly numbers: DeviceNumbers,
  ) {
    this.scales = directionScaleSchedule(numSteps, options);
  }

  /** The direction of the present iteration; can be captured. */
  apply(direction: Tensor): Tensor {
    const scale = this.numbers.get('directionScale', ({ iteration }) => this.scales[iteration]!);
    return normalisedDirection(direction, scale);
  }
}
