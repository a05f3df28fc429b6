import { CheckpointError } from './checkpointError.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @throws CheckpointError naming `path`, where the text came from, if it is no JSON */
export function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CheckpointError(`${path} is not valid JSON; download it again.`, { cause });
  }
}

/** @throws CheckpointError naming `path` if the text is no JSON object */
export function parseJsonObject(text: string, path: string): JsonObject {
  const value = parseJson(text, path);
  if (isObject(value)) return value;
  throw new CheckpointError(`${path} is not a JSON object; download it again.`);
}
