import * as v from 'valibot';
import {
  finite,
  flag,
  notNegative,
  positiveInteger,
  share,
  type TimestepOptions,
  timestepEntries,
} from '../options.ts';

/** The settings of LUSD, named as the released program's flags and with its defaults. */
export interface LusdOptions extends TimestepOptions {
  /** Number of accepted iterations; default 300. */
  readonly numSteps: number;
  /** Learning rate of SGD; default 1. */
  readonly lr: number;
  /** Weight lambda of the regulariser z - z_src, 0 to 1; default 0.02. */
  readonly regScale: number;
  /** Standard deviation of the first directions; default 0.15. */
  readonly dsHigh: number;
  /** Standard deviation of the last directions; default 0.01. */
  readonly dsLow: number;
  /** Steepness of the fall from `dsHigh` to `dsLow`; default 5. */
  readonly speed: number;
  /** Standard deviation that a gradient must reach to be accepted, at each iteration's first attempt; default 0.01. */
  readonly threshold: number;
  /** Factor on the threshold after a rejected attempt, between 0 and 1, both excluded; default 0.99. */
  readonly thresholdDecayRate: number;
  /** Weight of the new mask in the moving average of masks, 0 to 1; default 0.1. */
  readonly crossAttnMomentum: number;
  /** Whether directions are normalised; false is the released program's `--no_direction_scale`; default true. */
  readonly directionScale: boolean;
}

const decay = v.pipe(
  finite,
  v.gtValue(0, 'must be greater than 0'),
  v.ltValue(1, 'must be less than 1, or an iteration might never end'),
);

/** How each of {@link LusdOptions} is checked, and its default. */
export const lusdEntries = {
  numSteps: v.optional(positiveInteger, 300),
  lr: v.optional(notNegative, 1),
  regScale: v.optional(share, 0.02),
  ...timestepEntries,
  dsHigh: v.optional(notNegative, 0.15),
  dsLow: v.optional(notNegative, 0.01),
  speed: v.optional(finite, 5),
  threshold: v.optional(notNegative, 0.01),
  thresholdDecayRate: v.optional(decay, 0.99),
  crossAttnMomentum: v.optional(share, 0.1),
  directionScale: v.optional(flag, true),
};
