import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { checkRepository, checkRevision } from '../../hub/names.ts';
import { cachedCommit, isFolder, type RepositoryCache, repositoryCache, snapshotFolder } from './cache.ts';
import { type HubSettings, hubSettings } from './settings.ts';

/** Which snapshot of a repository, and in which cache. */
export interface CachedOptions {
  /** A commit, a branch or a tag; without one, that of `main`, else the newest. */
  readonly revision?: string;
  /** By default those of the environment. */
  readonly settings?: HubSettings;
}

/**
 * Finds a repository that was downloaded, by whichever program, in the cache that Python's huggingface_hub shares.
 *
 * @returns the snapshot's folder, laid out as the repository is, though perhaps without some of its files; undefined
 *   if there is none.
 * @throws HubError `invalid` if the repository or the revision cannot be one
 */
export async function findCachedRepository(
  repository: string,
  { revision, settings }: CachedOptions = {},
): Promise<string | undefined> {
  const { cacheDir } = settings ?? (await hubSettings());
  return findSnapshot(repositoryCache(cacheDir, checkRepository(repository)), revision);
}

/**
 * The same for a repository's own folder in a cache, `models--organisation--name`.
 *
 * @returns undefined if the folder is none or has no snapshot
 */
export async function findSnapshotIn(folder: string, revision?: string): Promise<string | undefined> {
  const cacheDir = dirname(folder);
  const name = /^models--(.+)$/.exec(basename(folder))?.[1];
  if (name === undefined) return undefined;
  return findSnapshot(repositoryCache(cacheDir, name), revision);
}

async function findSnapshot(cache: RepositoryCache, revision?: string): Promise<string | undefined> {
  const commit = await cachedCommit(cache, checkRevision(revision ?? 'main'));
  const named = commit === undefined ? undefined : snapshotFolder(cache, commit);
  if (named !== undefined && (await isFolder(named))) return named;
  return revision === undefined ? newestFolder(join(cache.folder, 'snapshots')) : undefined;
}

async function newestFolder(folder: string): Promise<string | undefined> {
  if (!(await isFolder(folder))) return undefined;
  const found: { readonly path: string; readonly time: number }[] = [];
  for (const name of (await readdir(folder)).sort()) {
    const path = join(folder, name);
    const stats = await stat(path);
    if (stats.isDirectory()) found.push({ path, time: stats.mtimeMs });
  }
  return found.sort((a, b) => b.time - a.time)[0]?.path;
}
