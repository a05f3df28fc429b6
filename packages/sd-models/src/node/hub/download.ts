import { join } from 'node:path';
import { HubError } from '../../hub/errors.ts';
import { describeFile, type HubFile, type HubRevision } from '../../hub/hubFile.ts';
import { checkFilePath, checkRepository, checkRevision, isCommit } from '../../hub/names.ts';
import {
  addToSnapshot,
  cachedCommit,
  fileSize,
  type RepositoryCache,
  repositoryCache,
  snapshotFolder,
  snapshotPath,
  writeRef,
} from './cache.ts';
import { expectedChecksum, fileChecksum } from './checksum.ts';
import { fetchContent } from './fetchContent.ts';
import { type FileMetadata, fetchMetadata } from './metadata.ts';
import { claimPartialFile, type PartialFile } from './partialFile.ts';
import type { Connection } from './request.ts';
import { DEFAULT_RETRY, type RetryPolicy, TransientFailure, withRetries } from './retry.ts';
import { type HubSettings, hubSettings } from './settings.ts';

/** A path in a repository and, where they are known, the size and checksum that the file must have. */
export interface WantedContent {
  /** With `/`. */
  readonly path: string;
  /** Bytes. */
  readonly size?: number;
  /** Lower-case hex; null if it is not known, and then the hub's own is verified. */
  readonly sha256?: string | null;
}

/** A file to download. */
export interface WantedFile extends HubFile, WantedContent {}

/** Files to download, all of one commit. */
export interface WantedFiles extends HubRevision {
  readonly files: readonly WantedContent[];
  /** The commit that the revision points to, where it is known; by default the first file says. */
  readonly commit?: string;
}

/** How far the download of one file is. */
export interface DownloadProgress {
  /** Path in the repository. */
  readonly file: string;
  /** Bytes of the file that are on disk. */
  readonly received: number;
  /** Bytes of the whole file; undefined if neither manifest nor hub says. */
  readonly total: number | undefined;
}

/** Where files are downloaded from and to, and what is reported meanwhile. */
export interface DownloadOptions {
  /** By default those of the environment. */
  readonly settings?: HubSettings;
  readonly retry?: RetryPolicy;
  /** A connection that stays silent this long, in ms, counts as cut; 30 s by default. */
  readonly idleTimeout?: number;
  /** Called as bytes arrive, and once for a file that is already there. */
  readonly onProgress?: (progress: DownloadProgress) => void;
  readonly signal?: AbortSignal;
}

/** A file of a repository that is now in the cache. */
export interface DownloadedFile {
  /** The file's path in the cache's snapshot folder. */
  readonly path: string;
  readonly commit: string;
}

/** In ms. */
export const IDLE_TIMEOUT = 30_000;

/**
 * Downloads a file into the cache that Python's huggingface_hub shares, or finds it there. An interrupted download
 * is resumed; the content is verified against `sha256` or the hub's own checksum before it gets its final name.
 *
 * @throws HubError naming the repository, the file and the remedy; the signal's reason when aborted.
 */
export async function downloadFile(
  wanted: WantedFile,
  options: DownloadOptions = {},
): Promise<DownloadedFile> {
  checkRepository(wanted.repository);
  checkRevision(wanted.revision);
  checkFilePath(wanted.path);
  const settings = options.settings ?? (await hubSettings());
  try {
    return await findOrDownload(wanted, settings, options);
  } catch (error) {
    throw isSystemError(error) ? storageFailure(wanted, settings, error) : error;
  }
}

async function findOrDownload(
  wanted: WantedFile,
  settings: HubSettings,
  options: DownloadOptions,
): Promise<DownloadedFile> {
  const cache = repositoryCache(settings.cacheDir, wanted.repository);
  const cached = settings.offline || isCommit(wanted.revision) ? await findCached(cache, wanted) : undefined;
  if (cached) {
    await reportPresent(wanted.path, cached.path, options);
    return cached;
  }
  if (settings.offline) throw notCached(wanted, settings);
  const idleTimeout = options.idleTimeout ?? IDLE_TIMEOUT;
  const task = new Download(wanted, cache, { settings, idleTimeout, signal: options.signal }, options);
  return withRetries(() => task.attempt(), options.retry ?? DEFAULT_RETRY, options.signal);
}

/**
 * Downloads a manifest's files, or those of a listing, one after another, all of one commit.
 *
 * @returns the snapshot's folder, laid out as the repository is.
 * @throws as {@link downloadFile} does.
 */
export async function downloadManifest(wanted: WantedFiles, options: DownloadOptions = {}): Promise<string> {
  const settings = options.settings ?? (await hubSettings());
  const { repository, revision, commit } = wanted;
  let current = commit ?? revision;
  for (const file of wanted.files) {
    const downloaded = await downloadFile(
      { ...file, repository, revision: current },
      { ...options, settings },
    );
    current = downloaded.commit;
  }
  const cache = repositoryCache(settings.cacheDir, repository);
  if (commit !== undefined) await writeRef(cache, revision, commit);
  return snapshotFolder(cache, current);
}

async function findCached(cache: RepositoryCache, wanted: WantedFile): Promise<DownloadedFile | undefined> {
  const commit = await cachedCommit(cache, wanted.revision);
  if (commit === undefined) return undefined;
  const path = snapshotPath(cache, commit, wanted.path);
  const size = await fileSize(path);
  const isThere = size !== undefined && (wanted.size === undefined || wanted.size === size);
  return isThere ? { path, commit } : undefined;
}

function notCached(wanted: WantedFile, { cacheDir }: HubSettings): HubError {
  return new HubError(
    'offline',
    `${describeFile(wanted)} is missing from the cache ${cacheDir} or incomplete, and offline mode is on; unset HF_HUB_OFFLINE to download it.`,
  );
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && 'code' in error;
}

function storageFailure(
  wanted: WantedFile,
  { cacheDir }: HubSettings,
  cause: NodeJS.ErrnoException,
): HubError {
  return new HubError(
    'storage',
    `${describeFile(wanted)}: the cache ${cacheDir} failed (${cause.message}); free space in it or fix its permissions, or set HF_HOME to another folder, and run again to resume.`,
    { cause },
  );
}

async function reportPresent(file: string, path: string, { onProgress }: DownloadOptions): Promise<void> {
  const size = await fileSize(path);
  if (size !== undefined) onProgress?.({ file, received: size, total: size });
}

/** "5 bytes with SHA-256 ab..", as far as it is known. */
function describeContent(size: number | undefined, checksum: string | null | undefined): string {
  return [size !== undefined && `${size} bytes`, checksum].filter(Boolean).join(' with ');
}

/** One file's download over its attempts. */
class Download {
  readonly #wanted: WantedFile;
  readonly #cache: RepositoryCache;
  readonly #connection: Connection;
  readonly #options: DownloadOptions;
  /** Most bytes that any attempt has received; only more than that is progress. */
  #furthest = 0;
  #corrupt = 0;

  constructor(wanted: WantedFile, cache: RepositoryCache, connection: Connection, options: DownloadOptions) {
    this.#wanted = wanted;
    this.#cache = cache;
    this.#connection = connection;
    this.#options = options;
  }

  /** Requests the file's metadata again, so that a file that changed on the hub is restarted under its new ETag. */
  async attempt(): Promise<DownloadedFile> {
    const { path, revision } = this.#wanted;
    const metadata = await fetchMetadata(this.#wanted, this.#connection);
    this.#checkAgainstManifest(metadata);
    const blob = join(this.#cache.blobs, metadata.etag);
    const target = snapshotPath(this.#cache, metadata.commit, path);
    const isWhole = (size: number | undefined) => size !== undefined && size === (metadata.size ?? size);
    const isPlaced = isWhole(await fileSize(target));
    if (!isPlaced) {
      if (!isWhole(await fileSize(blob))) await this.#fetchBlob(metadata, blob);
      await addToSnapshot(blob, target, this.#connection.settings.symlinks);
    }
    await writeRef(this.#cache, revision, metadata.commit);
    await reportPresent(path, target, this.#options);
    return { path: target, commit: metadata.commit };
  }

  #checkAgainstManifest({ etag, size }: FileMetadata): void {
    const { sha256, size: wantedSize } = this.#wanted;
    const isOtherSize = wantedSize !== undefined && size !== undefined && size !== wantedSize;
    const isOtherContent = sha256 && /^[0-9a-f]{64}$/.test(etag) && etag !== sha256;
    if (!isOtherSize && !isOtherContent) return;
    const offered = describeContent(size, `ETag ${etag}`);
    const wanted = describeContent(wantedSize, sha256 && `SHA-256 ${sha256}`);
    throw new HubError(
      'integrity',
      `${describeFile(this.#wanted)}: the hub has ${offered}, the manifest says ${wanted}; update the manifest or choose the revision that it was made for.`,
    );
  }

  async #fetchBlob(metadata: FileMetadata, blob: string): Promise<void> {
    const partial = await claimPartialFile(this.#cache.blobs, metadata.etag);
    const start = this.#furthest;
    try {
      await fetchContent(this.#wanted, metadata, partial, this.#connection, (bytes) => {
        this.#furthest = Math.max(this.#furthest, bytes);
        const total = metadata.size ?? this.#wanted.size;
        this.#options.onProgress?.({ file: this.#wanted.path, received: bytes, total });
      });
      await this.#verify(metadata, partial);
      await partial.complete(blob);
    } catch (failure) {
      await partial.release();
      if (!(failure instanceof TransientFailure)) throw failure;
      throw new TransientFailure(failure.error, {
        retryAfter: failure.retryAfter,
        progressed: this.#furthest > start,
      });
    }
  }

  /** The checksum is taken from the disk, so that it covers what an earlier download left and what was written. */
  async #verify({ etag }: FileMetadata, partial: PartialFile): Promise<void> {
    const expected = expectedChecksum(etag, this.#wanted.sha256 ?? null);
    if (!expected) return;
    const actual = await fileChecksum(partial.path, expected.algorithm, this.#options.signal);
    if (actual === expected.hex) return;
    await partial.discard();
    this.#corrupt++;
    const error = new HubError(
      'integrity',
      `${describeFile(this.#wanted)}: the checksum of the download is ${actual} instead of ${expected.hex}; it was deleted, so run again, and check the network or the proxy if this happens again.`,
    );
    throw this.#corrupt > 1 ? error : new TransientFailure(error);
  }
}
