import { CheckpointError } from './checkpointError.ts';
import { JsonSyntaxError, parsePythonJson } from './pythonJson.ts';

/** The advice for a malformed file of a model, which users may have edited. */
export const JSON_REMEDY = "correct it, or use the model's original file";

/** An object of parsed JSON, whose fields are not checked yet. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * JSON of a model's file, with the bare `NaN` and `Infinity` that Python writes.
 * @throws CheckpointError naming `path`, where the text came from, and the line, if it is not JSON
 */
export function parseJson(text: string, path: string): unknown {
  try {
    return parsePythonJson(text);
  } catch (cause) {
    if (!(cause instanceof JsonSyntaxError)) throw cause;
    throw new CheckpointError(`${path} is not valid JSON: ${cause.message}; ${JSON_REMEDY}.`, { cause });
  }
}

/** @throws CheckpointError naming `path` if the text is not a JSON object */
export function parseJsonObject(text: string, path: string): JsonObject {
  const value = parseJson(text, path);
  if (isObject(value)) return value;
  throw new CheckpointError(`${path} is not a JSON object; ${JSON_REMEDY}.`);
}
