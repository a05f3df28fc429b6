import { platform } from '#platform';
import type { ByteSource } from './byteSource.ts';
import { SafetensorsError } from './error.ts';
import { openHttp } from './httpSource.ts';

/**
 * Where a safetensors file can be read from: a path or `file:` URL (Node only), an `http:` or `https:` URL whose server
 * serves ranges, a Blob, bytes in memory, or anything else that gives bytes by offset and length.
 */
export type SafetensorsSource = string | URL | Blob | Uint8Array | ByteSource;

/** @throws SafetensorsError if a path or URL cannot be opened. */
export async function openSource(source: SafetensorsSource): Promise<ByteSource> {
  if (source instanceof Uint8Array) return bytesSource(source);
  if (source instanceof Blob) return blobSource(source);
  if (typeof source === 'string' || source instanceof URL) {
    return /^https?:\/\//i.test(String(source)) ? openHttp(String(source)) : platform.openFile(source);
  }
  return checkedSource(source);
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

/** A caller's source, whose answers are checked, and copied where they are a part of a larger buffer. */
function checkedSource(source: ByteSource): ByteSource {
  const { name, size } = source;
  return {
    name,
    size,
    read: async (offset, length) => {
      const bytes = await source.read(offset, length);
      if (bytes.length !== length) {
        throw new SafetensorsError(
          name,
          `its read(${offset}, ${length}) returned ${bytes.length} bytes; a source must return the requested bytes`,
        );
      }
      return bytes.buffer.byteLength === length ? bytes : new Uint8Array(bytes);
    },
    close: () => source.close(),
  };
}
