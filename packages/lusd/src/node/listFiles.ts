import { readdir } from 'node:fs/promises';
import { MetricsError } from '../errors.ts';

/**
 * The names in a folder.
 * @param isOptional for an entry of another folder, which may be a file: it then has none
 * @throws MetricsError naming the folder, if it cannot be read
 */
export async function listFiles(path: string, isOptional = false): Promise<readonly string[]> {
  return readdir(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOTDIR' && isOptional) return [];
    throw new MetricsError(`the folder ${path} cannot be read; check that it exists and its permissions`, {
      cause,
    });
  });
}
