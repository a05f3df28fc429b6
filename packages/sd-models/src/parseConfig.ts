import * as v from 'valibot';
import { CheckpointError } from './checkpointError.ts';
import { isObject, JSON_REMEDY } from './json.ts';

const COUNT = 'must be a positive integer';

/** A positive integer. */
export const Count = v.pipe(v.number(COUNT), v.integer(COUNT), v.minValue(1, COUNT));

/** A field of which only `values` are implemented; an absent field means the first. */
export function only<const T extends string | number | boolean | null>(...values: readonly [T, ...T[]]) {
  const names = values.map((value) => JSON.stringify(value)).join(' or ');
  return v.optional(
    v.custom<T>((value) => values.some((known) => known === value), `only ${names} is supported`),
    values[0],
  );
}

/**
 * Checks a model's parsed `config.json`.
 *
 * @param path the file's path, for the message.
 * @throws CheckpointError naming the first field that is wrong and what it must be.
 */
export function parseConfig<S extends v.GenericSchema>(
  schema: S,
  config: unknown,
  path: string,
): v.InferOutput<S> {
  if (!isObject(config)) throw new CheckpointError(`${path} is not a JSON object; ${JSON_REMEDY}.`);
  const result = v.safeParse(schema, config);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const value = issue.received === 'undefined' ? 'is missing' : `is ${issue.received}`;
  throw new CheckpointError(`${path}: ${v.getDotPath(issue)} ${value}; ${issue.message}.`);
}
