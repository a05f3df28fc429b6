import * as v from 'valibot';
import { OptionError } from './errors.ts';

/** The settings of the algorithm, named as the released program's flags and with its defaults. */
export interface EditOptions {
  /** Number of accepted iterations; default 300. */
  readonly numSteps: number;
  /** Learning rate of SGD; default 1. */
  readonly lr: number;
  /** Weight lambda of the regulariser z - z_src, 0 to 1; default 0.02. */
  readonly regScale: number;
  /** Lowest timestep drawn; default 50. */
  readonly tMin: number;
  /** Timesteps are drawn below min(tMax, 1000) - 1; default 950. */
  readonly tMax: number;
  /** Standard deviation of the first directions; default 0.15. */
  readonly dsHigh: number;
  /** Standard deviation of the last directions; default 0.01. */
  readonly dsLow: number;
  /** Sharpness of the fall from `dsHigh` to `dsLow`; default 5. */
  readonly speed: number;
  /** Standard deviation that a gradient must reach to be accepted, at each iteration's first attempt; default 0.01. */
  readonly threshold: number;
  /** Factor on the threshold after a refused attempt, between 0 and 1, both excluded; default 0.99. */
  readonly thresholdDecayRate: number;
  /** Weight of the new mask in the moving average of masks, 0 to 1; default 0.1. */
  readonly crossAttnMomentum: number;
  /** Whether directions are normalised; false is the released program's `--no_direction_scale`; default true. */
  readonly directionScale: boolean;
  /** A preview is made at every multiple of this many iterations, and at the last; default 30. */
  readonly saveStep: number;
}

const TRAINING_STEPS = 1000;

const number = v.pipe(v.number('must be a number'), v.finite('must be finite'));
const integer = v.pipe(v.number('must be a number'), v.safeInteger('must be an integer'));
const positiveInteger = v.pipe(integer, v.minValue(1, 'must be at least 1'));
const timestep = v.pipe(integer, v.minValue(0, 'must be at least 0'));
const notNegative = v.pipe(number, v.minValue(0, 'must be at least 0'));
const share = v.pipe(notNegative, v.maxValue(1, 'must be at most 1'));
const decay = v.pipe(
  number,
  v.gtValue(0, 'must be greater than 0'),
  v.ltValue(1, 'must be less than 1, or an iteration might never end'),
);

const schema = v.pipe(
  v.strictObject(
    {
      numSteps: v.optional(positiveInteger, 300),
      lr: v.optional(notNegative, 1),
      regScale: v.optional(share, 0.02),
      tMin: v.optional(timestep, 50),
      tMax: v.optional(timestep, 950),
      dsHigh: v.optional(notNegative, 0.15),
      dsLow: v.optional(notNegative, 0.01),
      speed: v.optional(number, 5),
      threshold: v.optional(notNegative, 0.01),
      thresholdDecayRate: v.optional(decay, 0.99),
      crossAttnMomentum: v.optional(share, 0.1),
      directionScale: v.optional(v.boolean('must be true or false'), true),
      saveStep: v.optional(positiveInteger, 30),
    },
    ({ expected }) => (expected === 'never' ? 'is not an option of an edit' : 'must be an object'),
  ),
  v.forward(
    v.check(({ tMin, tMax }) => tMin < timestepLimit(tMax), timestepMessage),
    ['tMin'],
  ),
);

/** Exclusive upper end of the timesteps drawn: one less than `tMax`, or than the training steps. */
export function timestepLimit(tMax: number): number {
  return Math.min(tMax, TRAINING_STEPS) - 1;
}

/**
 * Fills the defaults in and checks every value.
 *
 * @throws OptionError naming the first option that is unknown or out of range
 */
export function parseEditOptions(input: Partial<EditOptions> = {}): EditOptions {
  const result = v.safeParse(schema, input, { abortEarly: true });
  if (result.success) return result.output;
  throw new OptionError(describe(result.issues[0]));
}

function describe(issue: v.InferIssue<typeof schema>): string {
  const place = issue.path?.at(-1);
  if (place === undefined) return `the edit's options ${issue.message}, but are ${issue.received}`;
  if (issue.expected === 'never') return `${place.key} ${issue.message}`;
  const value = typeof place.value === 'string' ? `"${place.value}"` : String(place.value);
  return `option ${place.key} ${issue.message}, but is ${value}`;
}

function timestepMessage(issue: v.CheckIssue<EditOptions>): string {
  return `must be less than ${timestepLimit(issue.input.tMax)}, the end of the range that tMax leaves`;
}
