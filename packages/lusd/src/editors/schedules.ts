/**
 * `count` numbers from `start` to `end`, both included; a single number is `start`.
 *
 * @param count an integer of at least 1
 * Source: `numpy.linspace` in float64, which the released program's schedules are made of.
 */
function linspace(start: number, end: number, count: number): Float64Array {
  const values = new Float64Array(count);
  const step = count > 1 ? (end - start) / (count - 1) : 0;
  for (let i = 0; i < count; i++) values[i] = i * step + start;
  if (count > 1) values[count - 1] = end;
  return values;
}

/**
 * Weight b_k of the mask at every iteration: the mask in use is b_k M + (1 - b_k), so that it narrows from
 * the whole image to M.
 *
 * @returns `numSteps` numbers from 0 to 1
 */
export function narrowingSchedule(numSteps: number): Float64Array {
  return linspace(0, 1, numSteps);
}

/** Limits and speed of the schedule that scales an update's direction. */
export interface DirectionScaleOptions {
  /** Upper limit of the standard deviation of an update's direction. */
  readonly dsHigh: number;
  /** Lower limit of the standard deviation of an update's direction. */
  readonly dsLow: number;
  /** Half the width of the sigmoid's range: the greater, the sharper the fall from high to low. */
  readonly speed: number;
}

/**
 * Standard deviation s_k that the direction is normalised to at every iteration: a sigmoid that falls from
 * `dsHigh` to `dsLow`.
 *
 * @returns `numSteps` numbers
 */
export function directionScaleSchedule(numSteps: number, options: DirectionScaleOptions): Float64Array {
  const { dsHigh, dsLow, speed } = options;
  return linspace(-speed, speed, numSteps).map((x) => (1 - sigmoid(x)) * (dsHigh - dsLow) + dsLow);
}

/**
 * Factor between a direction and the step of the latents at a learning rate of 1: the released program's
 * loss is multiplied by 2000 and divided by the latents' height times width.
 */
export function updateFactor(height: number, width: number): number {
  return 2000 / (height * width);
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
