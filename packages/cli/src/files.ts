import { access, constants, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { reason, TEMPORARY } from '@lusd/sd-models/node';
import { CliError } from './ui/errors.ts';

/**
 * Removes temporary files next to `path` that killed processes left.
 * @throws Error naming the file if it cannot be removed
 */
export async function removeHalfFiles(path: string): Promise<void> {
  const [folder, start] = [dirname(path), `${basename(path)}.`];
  for (const file of await readdir(folder)) {
    if (file.startsWith(start) && file.endsWith(TEMPORARY)) await rm(join(folder, file), { force: true });
  }
}

/** @throws Error naming the folder if it cannot be made */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (cause) {
    throw new Error(`the folder ${path} cannot be created: ${reason(cause)}`, { cause });
  }
}

/**
 * Checks, before hours of work, that a file can be written.
 * @throws CliError if the folder of `path` does not exist or cannot be written to, or `path` is a folder itself
 */
export async function checkOutputPath(path: string): Promise<void> {
  const folder = dirname(path);
  if (!(await isFolder(folder)))
    throw new CliError(`the folder ${folder} does not exist; create it, or choose another place`);
  if (await isFolder(path)) throw new CliError(`${path} is a folder; name a file to write`);
  await access(folder, constants.W_OK).catch((cause: unknown) => {
    throw new CliError(
      `the folder ${folder} cannot be written to; change its permissions or choose another place`,
      {
        cause,
      },
    );
  });
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
