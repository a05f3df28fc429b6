import * as v from 'valibot';
import { OptionError } from '../../errors.ts';
import { finite, flag, notNegative, share } from '../../options.ts';
import type { DirectionScaleOptions } from '../schedules.ts';
import type { FilterOptions } from './filter.ts';

const decay = v.pipe(
  finite,
  v.gtValue(0, 'must be greater than 0'),
  v.ltValue(1, 'must be less than 1, or an iteration might never end'),
);

/** How the values of LUSD's parts are checked, and the released program's defaults. */
export const partValueEntries = {
  regScale: v.optional(share, 0.02),
  dsHigh: v.optional(notNegative, 0.15),
  dsLow: v.optional(notNegative, 0.01),
  speed: v.optional(finite, 5),
  threshold: v.optional(notNegative, 0.01),
  thresholdDecayRate: v.optional(decay, 0.99),
  crossAttnMomentum: v.optional(share, 0.1),
};

/** The values of LUSD's parts, named as the released program's flags and with its defaults. */
export interface PartValues extends DirectionScaleOptions, FilterOptions {
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
}

/** LUSD's parts as another method takes them: each is off by default, and its values count where it is on. */
export interface PartOptions extends PartValues {
  /** Rejects draws whose gradient is weak; default false. */
  readonly filter: boolean;
  /** Masks the gradient by the target prompt's attention; default false. */
  readonly maskAttention: boolean;
  /** Leads back to the source; default false. */
  readonly regularise: boolean;
  /** Brings every direction to the standard deviation of a schedule; default false. */
  readonly normalise: boolean;
}

const off = v.optional(flag, false);

export const partEntries = {
  filter: off,
  maskAttention: off,
  regularise: off,
  normalise: off,
  ...partValueEntries,
};

type PartName = 'filter' | 'maskAttention' | 'regularise' | 'normalise';

/** The part that each value belongs to. */
const PART_OF: Readonly<Record<keyof PartValues, PartName>> = {
  threshold: 'filter',
  thresholdDecayRate: 'filter',
  crossAttnMomentum: 'maskAttention',
  regScale: 'regularise',
  dsHigh: 'normalise',
  dsLow: 'normalise',
  speed: 'normalise',
};

/** The parts that are on, with their values. */
export interface Parts {
  readonly filter: FilterOptions | null;
  readonly maskAttention: Pick<PartValues, 'crossAttnMomentum'> | null;
  readonly regularise: Pick<PartValues, 'regScale'> | null;
  readonly normalise: DirectionScaleOptions | null;
}

/** @throws OptionError for a value, other than its default, of a part that is off */
export function partsOf(options: PartOptions): Parts {
  for (const [name, part] of Object.entries(PART_OF) as [keyof PartValues, PartName][]) {
    if (options[part] || options[name] === v.getDefault(partValueEntries[name])) continue;
    throw new OptionError(name, `counts where ${part} is on; set ${part} too, or omit it`);
  }
  const { filter, maskAttention, regularise, normalise } = options;
  return {
    filter: filter ? options : null,
    maskAttention: maskAttention ? options : null,
    regularise: regularise ? options : null,
    normalise: normalise ? options : null,
  };
}
