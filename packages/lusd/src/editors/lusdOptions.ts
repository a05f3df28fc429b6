import * as v from 'valibot';
import { flag, notNegative, positiveInteger, type TimestepOptions, timestepEntries } from '../options.ts';
import { type PartValues, partValueEntries } from './parts/partOptions.ts';

/** The settings of LUSD, named as the released program's flags and with its defaults. */
export interface LusdOptions extends TimestepOptions, PartValues {
  /** Number of accepted iterations; default 300. */
  readonly numSteps: number;
  /** Learning rate of SGD; default 1. */
  readonly lr: number;
  /** Whether directions are normalised; false is the released program's `--no_direction_scale`; default true. */
  readonly directionScale: boolean;
}

const { regScale, ...otherValues } = partValueEntries;

/** How each of {@link LusdOptions} is checked, and its default. In the order of the released program's flags. */
export const lusdEntries = {
  numSteps: v.optional(positiveInteger, 300),
  lr: v.optional(notNegative, 1),
  regScale,
  ...timestepEntries,
  ...otherValues,
  directionScale: v.optional(flag, true),
};
