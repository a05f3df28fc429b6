import { readFile } from 'node:fs/promises';
import { CheckpointError } from './checkpointError.ts';
import { JsonSyntaxError, parsePythonJson } from './pythonJson.ts';

/** What to do about a file of a model that does not hold what it should: people edit them by hand. */
export const JSON_REMEDY = "correct it, or take the model's own file";

export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * A model's file of text.
 * @param remedy what to do where it cannot be read
 * @throws CheckpointError naming `path`
 */
export async function readText(path: string, remedy: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: unknown) => {
    throw new CheckpointError(`${path} cannot be read; ${remedy}.`, { cause });
  });
}

/** As {@link readText}; undefined where there is no such file. */
export async function readTextIfThere(path: string, remedy: string): Promise<string | undefined> {
  return readText(path, remedy).catch((error: CheckpointError) => {
    if ((error.cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  });
}

/**
 * JSON of a model's file, with the bare `NaN` and `Infinity` that Python writes.
 * @throws CheckpointError naming `path`, where the text came from, and the line, if it is no JSON
 */
export function parseJson(text: string, path: string): unknown {
  try {
    return parsePythonJson(text);
  } catch (cause) {
    if (!(cause instanceof JsonSyntaxError)) throw cause;
    throw new CheckpointError(`${path} is not valid JSON: ${cause.message}; ${JSON_REMEDY}.`, { cause });
  }
}

/** A model's file of JSON. @throws CheckpointError naming `path` if it cannot be read or is no JSON */
export async function readJson(path: string): Promise<unknown> {
  return parseJson(await readText(path, 'download the folder again'), path);
}

/** As {@link readJson}; undefined where there is no such file. */
export async function readJsonIfThere(path: string): Promise<unknown> {
  const text = await readTextIfThere(path, 'download the folder again');
  return text === undefined ? undefined : parseJson(text, path);
}

/** @throws CheckpointError naming `path` if the text is no JSON object */
export function parseJsonObject(text: string, path: string): JsonObject {
  const value = parseJson(text, path);
  if (isObject(value)) return value;
  throw new CheckpointError(`${path} is not a JSON object; ${JSON_REMEDY}.`);
}
