import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';

/** A checksum: SHA-256 of the content, or git's SHA-1 of a blob, which the hub's ETag of a small file is. */
export interface Checksum {
  readonly algorithm: 'sha256' | 'gitBlob';
  /** Lower-case hex. */
  readonly hex: string;
}

/** What a file must hash to: the manifest's SHA-256, or what the hub's ETag says; undefined if neither says. */
export function expectedChecksum(etag: string, sha256: string | null): Checksum | undefined {
  if (sha256) return { algorithm: 'sha256', hex: sha256 };
  if (/^[0-9a-f]{64}$/.test(etag)) return { algorithm: 'sha256', hex: etag };
  return /^[0-9a-f]{40}$/.test(etag) ? { algorithm: 'gitBlob', hex: etag } : undefined;
}

/** The checksum of a file as it is on disk, in lower-case hex. */
export async function fileChecksum(
  path: string,
  algorithm: Checksum['algorithm'],
  signal?: AbortSignal,
): Promise<string> {
  const hash = createHash(algorithm === 'sha256' ? 'sha256' : 'sha1');
  if (algorithm === 'gitBlob') hash.update(`blob ${(await stat(path)).size}\0`);
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    signal?.throwIfAborted();
    hash.update(chunk as Buffer);
  }
  return hash.digest('hex');
}
