import { platform } from '#platform';
import { byteLengthOf, SAFETENSORS_DTYPES, type SafetensorsDType } from './dtype.ts';
import { guard, quote, SafetensorsError } from './error.ts';
import { LENGTH_BYTES, MAX_HEADER_BYTES, METADATA_KEY } from './header.ts';

/** A tensor to write. */
export interface TensorData {
  readonly dtype: SafetensorsDType;
  /** Extents, outermost first; `[]` is a scalar. */
  readonly shape: readonly number[];
  /** The elements, row-major and little-endian, exactly as many bytes as dtype and shape take. */
  readonly data: ArrayBufferView;
}

interface FileLayout {
  /** Length prefix and header. */
  readonly head: Uint8Array<ArrayBuffer>;
  /** The tensors' bytes, in the order of the file. */
  readonly parts: readonly Uint8Array[];
}

const HEADER_ALIGNMENT = 8;

/**
 * The bytes of a safetensors file, equal to what the reference's `save_file` writes: tensors by decreasing
 * alignment, then name; the header padded with spaces to 8 bytes. Metadata keeps the order given (the reference's
 * own varies from run to run).
 *
 * @param metadata written as `__metadata__` if given, even when empty
 * @throws SafetensorsError if a tensor's data does not fit its dtype and shape, or a name cannot be stored
 */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, TensorData>,
  metadata?: ReadonlyMap<string, string>,
): Uint8Array<ArrayBuffer> {
  const { head, parts } = layOut('encodeSafetensors', tensors, metadata);
  const file = new Uint8Array(parts.reduce((length, part) => length + part.length, head.length));
  let offset = 0;
  for (const part of [head, ...parts]) {
    file.set(part, offset);
    offset += part.length;
  }
  return file;
}

/**
 * Writes a safetensors file (Node only), tensor by tensor, with the bytes of `encodeSafetensors`. The file gets
 * its name only when it is complete and on the disk; an existing one is replaced.
 *
 * @param path where to write; its folder must exist
 * @throws SafetensorsError as `encodeSafetensors`, and if the file cannot be written
 */
export async function writeSafetensors(
  path: string,
  tensors: ReadonlyMap<string, TensorData>,
  metadata?: ReadonlyMap<string, string>,
): Promise<void> {
  const { head, parts } = layOut(path, tensors, metadata);
  await guard(path, 'write the file', () => platform.writeFile(path, [head, ...parts]));
}

function layOut(
  file: string,
  tensors: ReadonlyMap<string, TensorData>,
  metadata: ReadonlyMap<string, string> | undefined,
): FileLayout {
  const members = metadata === undefined ? [] : [`"${METADATA_KEY}":${encodeMetadata(file, metadata)}`];
  const parts: Uint8Array[] = [];
  let begin = 0;
  for (const [name, tensor] of inFileOrder(tensors)) {
    requireFit(file, name, tensor);
    const { dtype, shape, data } = tensor;
    const end = begin + data.byteLength;
    const info = JSON.stringify({ dtype, shape, data_offsets: [begin, end] });
    members.push(`${encodeText(file, name)}:${info}`);
    parts.push(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    begin = end;
  }
  return { head: encodeHead(file, `{${members.join(',')}}`), parts };
}

function encodeHead(file: string, json: string): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(json);
  const length = Math.ceil(text.length / HEADER_ALIGNMENT) * HEADER_ALIGNMENT;
  if (length > MAX_HEADER_BYTES) {
    throw new SafetensorsError(file, `needs a header of ${length} bytes, more than ${MAX_HEADER_BYTES}`);
  }
  const head = new Uint8Array(LENGTH_BYTES + length).fill(0x20);
  new DataView(head.buffer).setBigUint64(0, BigInt(length), true);
  head.set(text, LENGTH_BYTES);
  return head;
}

function inFileOrder(tensors: ReadonlyMap<string, TensorData>): [string, TensorData][] {
  const alignment = (tensor: TensorData) => SAFETENSORS_DTYPES.indexOf(tensor.dtype);
  return [...tensors].sort(
    ([aName, a], [bName, b]) => alignment(b) - alignment(a) || byCodePoint(aName, bName),
  );
}

function encodeMetadata(file: string, metadata: ReadonlyMap<string, string>): string {
  const members = [...metadata].map(([key, value]) => `${encodeText(file, key)}:${encodeText(file, value)}`);
  return `{${members.join(',')}}`;
}

/** JSON.stringify escapes exactly what the reference does, but for lone surrogates, which UTF-8 cannot hold. */
function encodeText(file: string, text: string): string {
  if (/\p{Surrogate}/u.test(text))
    throw new SafetensorsError(file, `cannot store ${quote(text)}: lone surrogate`);
  return JSON.stringify(text);
}

function requireFit(file: string, name: string, { dtype, shape, data }: TensorData): void {
  const label = `tensor ${quote(name)}`;
  if (name === METADATA_KEY) throw new SafetensorsError(file, `${label} has the name reserved for metadata`);
  if (!shape.every((extent) => Number.isSafeInteger(extent) && extent >= 0)) {
    throw new SafetensorsError(
      file,
      `${label} has shape [${shape.join(', ')}]; extents must be integers from 0`,
    );
  }
  const size = byteLengthOf(dtype, shape.map(BigInt));
  if (size !== BigInt(data.byteLength)) {
    const needs = typeof size === 'bigint' ? `${size} bytes` : 'a size that cannot be stored';
    throw new SafetensorsError(
      file,
      `${label} takes ${needs} as ${dtype} [${shape.join(', ')}], its data has ${data.byteLength}`,
    );
  }
}

/** The order of UTF-8 bytes; JavaScript's own compares UTF-16 units, which differs beyond U+FFFF. */
function byCodePoint(a: string, b: string): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    if (a[i] !== b[i]) return a.codePointAt(i)! - b.codePointAt(i)!;
  }
  return a.length - b.length;
}
