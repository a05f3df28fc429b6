import { readFile } from 'node:fs/promises';
import { parsePythonJson } from '@lusd/sd-models';
import { reason } from '@lusd/sd-models/node';
import { CliError } from './ui/errors.ts';

/** @throws Error or CliError naming the file */
export async function readJsonFile(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new Error(`${path} cannot be read: ${reason(cause)}`, { cause });
  });
  try {
    return parsePythonJson(text);
  } catch (cause) {
    throw new CliError(`${path} is not valid JSON: ${reason(cause)}; correct it`, { cause });
  }
}
