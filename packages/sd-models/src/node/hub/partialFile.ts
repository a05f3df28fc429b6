import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

/**
 * A blob's download in progress. At rest it is `blobs/<etag>.incomplete`; while a process writes it, it has its
 * owner's name, `blobs/<etag>.<host>-<pid>-<random>.incomplete`. Taking it over is a rename, which only one
 * process can win, so two processes never write to the same file, and the next process can tell that a file's owner
 * has died.
 */
export interface PartialFile {
  readonly path: string;
  /** Keeps the file for a later download to resume. */
  release(): Promise<void>;
  /** Deletes the file because its content cannot be used. */
  discard(): Promise<void>;
  /** Gives the complete file its final name. */
  complete(blob: string): Promise<void>;
}

/** After this long, in ms, without a write a file counts as abandoned though its owner seems alive or is elsewhere. */
const ABANDONED_AFTER = 24 * 60 * 60 * 1000;

const HOST = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);

/** The files that this process is writing. */
const claimed = new Set<string>();

/** Takes over the file of an earlier download of the blob, or names a new file, which is not created yet. */
export async function claimPartialFile(blobs: string, etag: string): Promise<PartialFile> {
  await mkdir(blobs, { recursive: true });
  const atRest = join(blobs, `${etag}.incomplete`);
  const path = join(blobs, `${etag}.${HOST}-${process.pid}-${randomUUID().slice(0, 8)}.incomplete`);
  claimed.add(path);
  for (const candidate of [atRest, ...(await abandoned(blobs, etag))]) {
    if (await tryRename(candidate, path)) break;
  }
  return {
    path,
    release: async () => {
      await tryRename(path, atRest);
      claimed.delete(path);
    },
    discard: () => rm(path, { force: true }),
    complete: async (blob) => {
      await rename(path, blob);
      claimed.delete(path);
    },
  };
}

async function abandoned(blobs: string, etag: string): Promise<string[]> {
  const result: string[] = [];
  for (const name of await readdir(blobs)) {
    if (!name.startsWith(`${etag}.`)) continue;
    const [, host, pid] = /\.([0-9a-f]{8})-(\d+)-[0-9a-f]{8}\.incomplete$/.exec(name) ?? [];
    if (host === undefined) continue;
    const path = join(blobs, name);
    const isOwnerDead = host === HOST && !isOwned(path, Number(pid));
    if (isOwnerDead || (await isOld(path))) result.push(path);
  }
  return result;
}

/** A restarted container has the host's name and the process number of the one before. */
function isOwned(path: string, pid: number): boolean {
  return pid === process.pid ? claimed.has(path) : isAlive(pid);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

async function isOld(path: string): Promise<boolean> {
  try {
    return Date.now() - (await stat(path)).mtimeMs > ABANDONED_AFTER;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

/** False if there is nothing to rename: somebody else took it, or it was never created. */
async function tryRename(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
