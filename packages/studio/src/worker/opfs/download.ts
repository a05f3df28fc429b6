import { EngineError } from '../../session/index.ts';
import { createFile, PART, type SyncAccess } from './privateFiles.ts';
import { type PlannedFile, refusal } from './pullPlan.ts';
import { Sha256 } from './sha256.ts';

export interface DownloadOptions {
  readonly signal: AbortSignal;
  /** Called with the file's bytes that are there. */
  readonly onProgress: (bytes: number) => void;
}

/** Waits before asking again, in milliseconds. */
const RETRIES = [500, 2_000, 8_000];
const PIECE = 1 << 20;

/**
 * Downloads a file, from where an earlier download of it ended, and checks it.
 * @throws EngineError; the signal's reason
 */
export async function downloadFile(
  folder: FileSystemDirectoryHandle,
  file: PlannedFile,
  address: string,
  options: DownloadOptions,
): Promise<void> {
  const part = await createFile(folder, file.path + PART);
  const access = await part.createSyncAccessHandle();
  try {
    await fetchWhole(access, file, address, options);
    await check(access, file, options.signal);
    access.flush();
  } finally {
    access.close();
  }
  await part.move(file.path.replace(/^.*\//, ''));
}

/** Asks for what is missing until it is there; connections may fail a few times. */
async function fetchWhole(
  access: SyncAccess,
  file: PlannedFile,
  address: string,
  options: DownloadOptions,
): Promise<void> {
  for (const wait of [...RETRIES, null]) {
    if (access.getSize() >= file.size) return;
    try {
      await fetchRest(access, file, address, options);
    } catch (error) {
      options.signal.throwIfAborted();
      // fetch gives a TypeError when a connection fails, and nothing else does.
      if (wait === null || !(error instanceof TypeError)) throw unreachable(error, file);
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}

function unreachable(error: unknown, { path }: PlannedFile): unknown {
  if (!(error instanceof TypeError)) return error;
  const message = `the connection failed while ${path} was downloaded; what arrived is kept, go on when the network is back`;
  return new EngineError({ kind: 'other', message });
}

async function fetchRest(
  access: SyncAccess,
  file: PlannedFile,
  address: string,
  { signal, onProgress }: DownloadOptions,
): Promise<void> {
  let at = access.getSize();
  const headers = at > 0 ? { range: `bytes=${at}-` } : {};
  const response = await fetch(address, { headers, signal });
  if (!response.ok || !response.body) throw refusal(response.status, `the file ${file.path}`);
  if (at > 0 && response.status !== 206) {
    access.truncate(0);
    at = 0;
  }
  const reader = response.body.getReader();
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    at += access.write(piece.value, { at });
    if (at > file.size) break;
    onProgress(at);
  }
}

/** @throws EngineError if the content is another than was planned; it is discarded then */
async function check(access: SyncAccess, { path, size, sha256, gitBlob }: PlannedFile, signal: AbortSignal) {
  const isRight =
    access.getSize() === size &&
    (sha256 === null || sha256Of(access, signal) === sha256) &&
    (gitBlob === null || (await gitBlobOf(access)) === gitBlob);
  if (isRight) return;
  access.truncate(0);
  throw new EngineError({
    kind: 'other',
    message: `what arrived of ${path} is not the file that the hub describes; download it again`,
  });
}

function sha256Of(access: SyncAccess, signal: AbortSignal): string {
  const hash = new Sha256();
  const piece = new Uint8Array(PIECE);
  for (let at = 0, read = 1; read > 0; at += read) {
    signal.throwIfAborted();
    read = access.read(piece, { at });
    hash.update(piece.subarray(0, read));
  }
  return hash.hex();
}

/** git's checksum of a small file. */
async function gitBlobOf(access: SyncAccess): Promise<string> {
  const head = new TextEncoder().encode(`blob ${access.getSize()}\0`);
  const bytes = new Uint8Array(head.length + access.getSize());
  bytes.set(head);
  access.read(bytes.subarray(head.length), { at: 0 });
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-1', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
