import { HubError } from './errors.ts';

/** Characters that some file system or URL gives a meaning: a name with one could leave the cache folder. */
const UNSAFE = /[\\\0:*?"<>|]/;

/**
 * Checks a repository's name.
 * @returns the repository, `name` or `organisation/name`.
 * @throws HubError `invalid` if it is another form.
 */
export function checkRepository(repository: string): string {
  const parts = repository.split('/');
  if (parts.length <= 2 && parts.every((part) => /^[\w.-]+$/.test(part) && !isDots(part))) return repository;
  throw new HubError('invalid', `'${repository}' is not a repository; write organisation/name.`);
}

/**
 * @returns the revision: a commit, a branch, a tag or a `refs/pr/N`.
 * @throws HubError `invalid` if it could name a file outside the cache's `refs` folder.
 */
export function checkRevision(revision: string): string {
  if (isRelativePath(revision)) return revision;
  throw new HubError('invalid', `'${revision}' is not a revision; write a commit, a branch or a tag.`);
}

/**
 * @returns the file's path in its repository.
 * @throws HubError `invalid` if it could name a file outside the snapshot's folder.
 */
export function checkFilePath(path: string): string {
  if (isRelativePath(path)) return path;
  throw new HubError('invalid', `'${path}' is not a path in a repository; write folder/file without '..'.`);
}

/** Whether the revision is a full commit hash, whose files never change. */
export function isCommit(revision: string): boolean {
  return /^[0-9a-f]{40}$/.test(revision);
}

function isRelativePath(path: string): boolean {
  return !UNSAFE.test(path) && path.split('/').every((part) => part !== '' && !isDots(part));
}

function isDots(part: string): boolean {
  return part === '.' || part === '..';
}
