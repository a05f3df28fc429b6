import * as v from 'valibot';
import { OptionError } from './errors.ts';

// Checks shared by the options of several methods. Each message follows the option's name.
export const finite = v.pipe(v.number('must be a number'), v.finite('must be finite'));
const integer = v.pipe(v.number('must be a number'), v.safeInteger('must be an integer'));
export const positiveInteger = v.pipe(integer, v.minValue(1, 'must be at least 1'));
export const count = v.pipe(integer, v.minValue(0, 'must be at least 0'));
export const notNegative = v.pipe(finite, v.minValue(0, 'must be at least 0'));
export const share = v.pipe(notNegative, v.maxValue(1, 'must be at most 1'));
export const flag = v.boolean('must be true or false');

/** The part of the training's timesteps that a method uses. */
export interface TimestepShare {
  /** Lower end, 0 to 1. */
  readonly minStepRatio: number;
  /** Upper end, 0 to 1. */
  readonly maxStepRatio: number;
}

/** How the share is checked, and the released programs' 2 % to 98 %. */
export const timestepShareEntries = {
  minStepRatio: v.optional(share, 0.02),
  maxStepRatio: v.optional(share, 0.98),
};

/** @throws OptionError unless the share holds something */
export function requireShare({ minStepRatio, maxStepRatio }: TimestepShare): void {
  if (minStepRatio < maxStepRatio) return;
  throw new OptionError(
    'minStepRatio',
    `must be less than maxStepRatio, which is ${maxStepRatio}, but is ${minStepRatio}`,
  );
}

/** Which timesteps a method draws. */
export interface TimestepOptions {
  /** Lowest timestep drawn; default 50, CSD's 20. */
  readonly tMin: number;
  /** Timesteps are drawn below the smaller of this and the number of training steps, less 1; default 950, CSD's 982. */
  readonly tMax: number;
}

/** How a range is checked, and a method's default. */
export function timestepEntriesFor(tMin: number, tMax: number) {
  return { tMin: v.optional(count, tMin), tMax: v.optional(count, tMax) };
}

/** The range of the programs of LUSD and DDS: 50 to 948. */
export const timestepEntries = timestepEntriesFor(50, 950);

/** Integers from `low`, with `high` excluded. */
export interface TimestepRange {
  readonly low: number;
  readonly high: number;
}

/**
 * The timesteps to draw from.
 *
 * @param trainSteps number of timesteps that the model was trained at
 * @throws OptionError if there is none
 */
export function timestepRange(
  { tMin, tMax }: TimestepOptions,
  trainSteps = Number.POSITIVE_INFINITY,
): TimestepRange {
  const end = Math.min(tMax, trainSteps);
  if (tMin < end - 1) return { low: tMin, high: end - 1 };
  throw new OptionError(
    'tMin',
    `must be less than ${end - 1}, since timesteps end at ${end}, but is ${tMin}`,
  );
}

/**
 * Fills in the defaults and checks every value.
 *
 * @param method whose options they are, for the message
 * @throws OptionError naming the first option that is unknown or out of range
 */
export function parseOptions<Entries extends v.ObjectEntries>(
  method: string,
  entries: Entries,
  input: unknown,
): v.InferOutput<v.StrictObjectSchema<Entries, undefined>> {
  const schema = v.strictObject(entries, ({ expected }) =>
    expected === 'never' ? `is not an option of ${method}` : 'must be an object',
  );
  const result = v.safeParse(schema, input, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const [option, ...parts] = issue.path ?? [];
  if (option === undefined) throw new OptionError(method, `${issue.message}, but is ${issue.received}`);
  const place = parts.at(-1) ?? option;
  const value = typeof place.value === 'string' ? `"${place.value}"` : String(place.value);
  const part = parts.length > 0 && typeof place.key === 'string' ? ` for "${place.key}"` : '';
  const reason = issue.expected === 'never' ? issue.message : `${issue.message}, but is ${value}${part}`;
  throw new OptionError(String(option.key), reason);
}
