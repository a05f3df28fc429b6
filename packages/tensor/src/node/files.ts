import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import type { ByteSource } from '../safetensors/byteSource.ts';
import { guard, SafetensorsError } from '../safetensors/error.ts';

// One read(2) or write(2) moves at most 2 GiB on Linux and macOS.
const MAX_TRANSFER = 2 ** 30;

type Parts = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/** Random access to a file. @param path a path, or a `file:` URL, also as text */
export async function openFile(path: string | URL): Promise<ByteSource> {
  const name = String(path);
  const handle = await guard(name, 'open the file', () =>
    open(name.startsWith('file:') ? new URL(name) : path),
  );
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
    const { bytesRead } = await handle.read(
      bytes,
      done,
      Math.min(length - done, MAX_TRANSFER),
      offset + done,
    );
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

/** Writes `parts` to a temporary file beside `path`, which takes that name when all is on the disk. */
export async function writeFile(path: string, parts: Parts): Promise<void> {
  const temporary = `${path}.${crypto.randomUUID()}.tmp`;
  const handle = await open(temporary, 'wx');
  try {
    await writeAll(handle, parts);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

async function writeAll(handle: FileHandle, parts: Parts): Promise<void> {
  try {
    for await (const part of parts) {
      for (let done = 0; done < part.length; ) {
        const { bytesWritten } = await handle.write(part, done, Math.min(part.length - done, MAX_TRANSFER));
        done += bytesWritten;
      }
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
}
