import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cacheFolder } from './cacheFolder.ts';
import { writeFile } from './files.ts';

function fileOf(name: string): string {
  return join(cacheFolder(), `${name}.json`);
}

/** The text that was remembered under `name`; null where there is none, or it cannot be read. */
export async function recall(name: string): Promise<string | null> {
  try {
    return await readFile(fileOf(name), 'utf8');
  } catch {
    return null; // Only what can be found out again is lost.
  }
}

/** Keeps `text` under `name` for other processes. @returns where, or null if the cache folder cannot be written */
export async function remember(name: string, text: string): Promise<string | null> {
  const file = fileOf(name);
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, [new TextEncoder().encode(text)]);
    return file;
  } catch {
    return null; // A read-only home, or a full disk: what was to be kept can be found out again.
  }
}
