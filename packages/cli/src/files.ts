import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CliError } from './ui/errors.ts';

/**
 * Writes a text file; it appears under its name only once it is whole.
 * @throws Error naming the file where it cannot be written
 */
export async function writeTextFile(path: string, text: string): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    await writeFile(temporary, text);
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw new Error(`${path} cannot be written: ${reason(cause)}`, { cause });
  }
}

/** @throws Error naming the folder where it cannot be made */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (cause) {
    throw new Error(`the folder ${path} cannot be made: ${reason(cause)}`, { cause });
  }
}

/**
 * Checks before hours of work that a file could be written afterwards.
 * @throws CliError where the folder of `path` does not exist, or `path` is a folder itself
 */
export async function checkOutputPath(path: string): Promise<void> {
  if (!(await isFolder(dirname(path))))
    throw new CliError(`the folder ${dirname(path)} does not exist; make it, or write elsewhere`);
  if (await isFolder(path)) throw new CliError(`${path} is a folder; name a file to write`);
}

export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

export async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
