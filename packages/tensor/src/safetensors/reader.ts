import type { ByteSource } from './byteSource.ts';
import { guard, quote, SafetensorsError } from './error.ts';
import { type Header, LENGTH_BYTES, MAX_HEADER_BYTES, parseHeader, type TensorInfo } from './header.ts';
import { openSource, type SafetensorsSource } from './source.ts';

/**
 * An open safetensors file. Only the header is in memory; each tensor is read when asked for, so a file may be
 * larger than what one ArrayBuffer can hold. Close it, or declare it with `await using`.
 */
export class SafetensorsFile implements AsyncDisposable {
  private readonly source: ByteSource;
  private closed = false;
  /** The file's path, or what the source is if it has none. */
  readonly name: string;
  /** The free-form text of `__metadata__`; empty if there is none. */
  readonly metadata: ReadonlyMap<string, string>;
  /** Every tensor by name, in the order in which they lie in the file. */
  readonly tensors: ReadonlyMap<string, TensorInfo>;

  constructor(source: ByteSource, header: Header) {
    this.source = source;
    this.name = source.name;
    this.metadata = header.metadata;
    this.tensors = header.tensors;
  }

  /**
   * A copy of a tensor's bytes, little-endian and row-major, at offset 0 of its own buffer.
   *
   * @throws SafetensorsError if there is no such tensor, the file is closed, or reading fails
   */
  async read(name: string): Promise<Uint8Array<ArrayBuffer>> {
    if (this.closed) throw new SafetensorsError(this.name, `is closed; read ${quote(name)} before`);
    const info = this.tensors.get(name);
    if (info === undefined) {
      throw new SafetensorsError(this.name, `has no tensor ${quote(name)}; see tensors for the names`);
    }
    return guard(this.name, `read tensor ${quote(name)}`, () =>
      this.source.read(info.byteOffset, info.byteLength),
    );
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.source.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/**
 * Opens a safetensors file and checks its whole header, as strictly as the reference (the `safetensors` package).
 *
 * @param source a path or `file:` URL (Node), an `http(s):` URL (read by ranges), a Blob, the file's bytes, or a
 * `ByteSource`, which is closed with the file
 * @throws SafetensorsError, and nothing else, with the reason and the file's name
 */
export async function openSafetensors(source: SafetensorsSource): Promise<SafetensorsFile> {
  const bytes = await openSource(source);
  try {
    return new SafetensorsFile(bytes, await guard(bytes.name, 'read the header', () => readHeader(bytes)));
  } catch (error) {
    await bytes.close();
    throw error;
  }
}

async function readHeader(source: ByteSource): Promise<Header> {
  const { name, size } = source;
  if (size < LENGTH_BYTES) {
    throw new SafetensorsError(name, `is ${size} bytes long, too short for a safetensors file`);
  }
  const prefix = await source.read(0, LENGTH_BYTES);
  const length = new DataView(prefix.buffer).getBigUint64(0, true);
  if (length > MAX_HEADER_BYTES) {
    throw new SafetensorsError(name, `declares a header of ${length} bytes, more than ${MAX_HEADER_BYTES}`);
  }
  const end = LENGTH_BYTES + Number(length);
  if (end > size) {
    throw new SafetensorsError(name, `declares a header of ${length} bytes but is only ${size} bytes long`);
  }
  return parseHeader(await source.read(LENGTH_BYTES, Number(length)), size - end, name);
}
