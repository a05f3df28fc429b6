import type { Headers } from 'undici';
import { HubError } from '../../hub/errors.ts';
import { describeFile, type HubFile } from '../../hub/hubFile.ts';
import { isCommit } from '../../hub/names.ts';
import { type Connection, requestFile } from './request.ts';

/** What the hub says of a file before its content is fetched. */
export interface FileMetadata {
  /** The commit that the revision points to. */
  readonly commit: string;
  /** SHA-256 of a large (LFS) file, git's blob hash of a small one: the blob's name in the cache. */
  readonly etag: string;
  /** Bytes; undefined if the server does not say. */
  readonly size: number | undefined;
}

/**
 * Asks the hub for a file's commit, ETag and size.
 *
 * @throws HubError `protocol` if the answer is not a hub's, and as requestFile does.
 */
export async function fetchMetadata(file: HubFile, connection: Connection): Promise<FileMetadata> {
  const answer = await requestFile('HEAD', file, connection);
  await answer.cancel();
  const commit = answer.hub.get('x-repo-commit') ?? '';
  const etag = etagOf(answer.hub);
  if (!isCommit(commit) || !etag) {
    throw new HubError(
      'protocol',
      `${describeFile(file)}: ${connection.settings.endpoint} does not give a commit and an ETag like a hub; check HF_ENDPOINT.`,
    );
  }
  // The length of a redirect's answer is not the file's.
  const isFile = answer.status === 200 && answer.hub === answer.headers;
  const length = answer.hub.get('x-linked-size') ?? (isFile ? answer.hub.get('content-length') : null);
  return { commit, etag, size: length !== null && /^\d+$/.test(length) ? Number(length) : undefined };
}

/**
 * The content's ETag without quotes; undefined if there is none or if it could not be a file's name, since the
 * cache names blobs by it.
 */
export function etagOf(headers: Headers): string | undefined {
  const raw = headers.get('x-linked-etag') ?? headers.get('etag') ?? '';
  const etag = raw.replace(/^W\//, '').replace(/^"|"$/g, '');
  return /^[\w-][\w.-]*$/.test(etag) ? etag : undefined;
}
