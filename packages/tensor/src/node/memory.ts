import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cacheFolder } from './cacheFolder.ts';
import { writeFile } from './files.ts';

/** Adapters and drivers of one machine, and of those that share its home folder. */
const MOST = 64;

function file(): string {
  return join(cacheFolder(), 'probed-adapters.json');
}

/** The remembered texts, the oldest first; none where the file is not there, or is not what `remember` writes. */
async function texts(): Promise<string[]> {
  try {
    const found: unknown = JSON.parse(await readFile(file(), 'utf8'));
    return Array.isArray(found) ? found.filter((text) => typeof text === 'string') : [];
  } catch {
    return []; // Only what can be found out again is lost.
  }
}

/** Whether a process on this machine remembered `text`. */
export async function remembers(text: string): Promise<boolean> {
  return (await texts()).includes(text);
}

/** Keeps `text` for other processes, where the cache folder can be written. */
export async function remember(text: string): Promise<void> {
  const others = (await texts()).filter((other) => other !== text);
  const kept = [...others, text].slice(-MOST);
  try {
    await mkdir(dirname(file()), { recursive: true });
    await writeFile(file(), [new TextEncoder().encode(`${JSON.stringify(kept, null, 1)}\n`)]);
  } catch {
    // A read-only home, or a full disk, costs the next process some milliseconds, which no one need be told.
  }
}
