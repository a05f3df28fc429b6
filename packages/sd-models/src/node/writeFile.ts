import { randomUUID } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';

/** The ending of a file that is being written. */
export const TEMPORARY = '.tmp';

/**
 * Writes a file; it appears under its name only once it is whole, and until then what bore the name stays.
 * @throws Error naming the file if it cannot be written
 */
export async function writeWholeFile(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = `${path}.${randomUUID()}${TEMPORARY}`;
  try {
    await writeFile(temporary, content);
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw new Error(`${path} cannot be written: ${reason(cause)}`, { cause });
  }
}

/** An error's message, to go on a sentence with. */
export function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
