import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, mkdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { isCommit } from '../../hub/names.ts';

/**
 * One repository's folder in the cache that Python's huggingface_hub shares:
 * `models--org--name/blobs/<etag>`, `snapshots/<commit>/<path>` (a relative link to its blob) and
 * `refs/<revision>` (the commit's hash).
 */
export interface RepositoryCache {
  readonly folder: string;
  readonly blobs: string;
}

export function repositoryCache(cacheDir: string, repository: string): RepositoryCache {
  const folder = join(cacheDir, `models--${repository.replace('/', '--')}`);
  return { folder, blobs: join(folder, 'blobs') };
}

export function snapshotFolder(cache: RepositoryCache, commit: string): string {
  return join(cache.folder, 'snapshots', commit);
}

/** A file's path in a snapshot, whether or not it is there. */
export function snapshotPath(cache: RepositoryCache, commit: string, path: string): string {
  return join(snapshotFolder(cache, commit), ...path.split('/'));
}

/** The commit that a revision pointed to when it was last requested; undefined if it never was. */
export async function cachedCommit(cache: RepositoryCache, revision: string): Promise<string | undefined> {
  if (isCommit(revision)) return revision;
  const commit = await unlessMissing(readFile(refPath(cache, revision), 'utf8'));
  return commit?.trim();
}

/** Notes the commit that a branch or tag points to. */
export async function writeRef(cache: RepositoryCache, revision: string, commit: string): Promise<void> {
  if (revision === commit) return;
  await replaceFile(refPath(cache, revision), (temporary) => writeFile(temporary, commit));
}

/** A file's size in bytes, links followed; undefined if there is no such file. */
export async function fileSize(path: string): Promise<number | undefined> {
  const stats = await unlessMissing(stat(path));
  return stats?.isFile() ? stats.size : undefined;
}

export async function isFolder(path: string): Promise<boolean> {
  return (await unlessMissing(stat(path)))?.isDirectory() ?? false;
}

/**
 * Places a blob in a snapshot: as a relative link, or as a copy where links are switched off or the file system or
 * the user's rights do not allow them.
 */
export async function addToSnapshot(blob: string, path: string, symlinks: boolean): Promise<void> {
  await replaceFile(path, async (temporary) => {
    const isLinked = symlinks && (await tryLink(relative(dirname(path), blob), temporary));
    if (!isLinked) await copyFile(blob, temporary, constants.COPYFILE_FICLONE);
  });
}

const NO_SYMLINKS = new Set(['EPERM', 'EACCES', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EINVAL', 'UNKNOWN']);

async function tryLink(target: string, path: string): Promise<boolean> {
  try {
    await symlink(target, path);
    return true;
  } catch (error) {
    if (NO_SYMLINKS.has(codeOf(error))) return false;
    throw error;
  }
}

/**
 * Writes under a temporary name and renames, so that readers never see a partial file and concurrent writers do not
 * conflict.
 */
async function replaceFile(path: string, write: (temporary: string) => Promise<void>): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${randomUUID().slice(0, 8)}.tmp`;
  try {
    await write(temporary);
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}

function refPath(cache: RepositoryCache, revision: string): string {
  return join(cache.folder, 'refs', ...revision.split('/'));
}

async function unlessMissing<T>(result: Promise<T>): Promise<T | undefined> {
  try {
    return await result;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error))) return undefined;
    throw error;
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? '';
}
