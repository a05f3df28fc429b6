import type { FileHandle } from 'node:fs/promises';
import { guard, SafetensorsError } from './error.ts';

/** Where a safetensors file can be read from: a path or `file:` URL (Node only), a Blob, or bytes in memory. */
export type SafetensorsSource = string | URL | Blob | Uint8Array;

/** Random access to the bytes of a source. */
export interface ByteSource {
  /** The path, or what the source is if it has none; for messages. */
  readonly name: string;
  /** Length in bytes. */
  readonly size: number;
  /** A fresh copy of `length` bytes from `offset`, so that any typed array can be laid over it. */
  read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
  close(): Promise<void>;
}

// One read(2) moves at most 2 GiB on Linux and macOS.
const MAX_READ = 2 ** 30;

/** @throws SafetensorsError if a path or URL cannot be opened. */
export async function openSource(source: SafetensorsSource): Promise<ByteSource> {
  if (source instanceof Uint8Array) return bytesSource(source);
  if (source instanceof Blob) return blobSource(source);
  return fileSource(source);
}

function bytesSource(bytes: Uint8Array): ByteSource {
  return {
    name: 'Uint8Array',
    size: bytes.length,
    read: async (offset, length) => new Uint8Array(bytes.subarray(offset, offset + length)),
    close: async () => {},
  };
}

function blobSource(blob: Blob): ByteSource {
  const name = 'name' in blob && typeof blob.name === 'string' ? blob.name : 'Blob';
  return {
    name,
    size: blob.size,
    read: async (offset, length) => new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer()),
    close: async () => {},
  };
}

async function fileSource(source: string | URL): Promise<ByteSource> {
  const name = String(source);
  const handle = await guard(name, 'open the file', async () => {
    const { open } = await import('node:fs/promises');
    return open(name.startsWith('file:') ? new URL(name) : source);
  });
  try {
    const { size } = await guard(name, 'read its size', () => handle.stat());
    return {
      name,
      size,
      read: (offset, length) => readFully(handle, name, offset, length),
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function readFully(
  handle: FileHandle,
  name: string,
  offset: number,
  length: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await handle.read(bytes, done, Math.min(length - done, MAX_READ), offset + done);
    if (bytesRead === 0) {
      throw new SafetensorsError(
        name,
        `ended at byte ${offset + done}: it was cut short after it was opened`,
      );
    }
    done += bytesRead;
  }
  return bytes;
}
