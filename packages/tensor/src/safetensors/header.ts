import { bitsPerElement, byteLengthOf, isSafetensorsDType, type SafetensorsDType } from './dtype.ts';
import { quote, SafetensorsError } from './error.ts';
import { JsonReader } from './json.ts';

/** Bytes before the header: its length as a little-endian u64. */
export const LENGTH_BYTES = 8;
/** The reference refuses longer headers. */
export const MAX_HEADER_BYTES = 100_000_000;
/** The one key of a header that is not a tensor's name. */
export const METADATA_KEY = '__metadata__';

/** Where one tensor lies in a file. */
export interface TensorInfo {
  readonly name: string;
  readonly dtype: SafetensorsDType;
  /** Extents, outermost first; `[]` is a scalar. */
  readonly shape: readonly number[];
  /** Position of the first byte, counted from the start of the file; not aligned to anything. */
  readonly byteOffset: number;
  readonly byteLength: number;
}

export interface Header {
  readonly metadata: ReadonlyMap<string, string>;
  /** In the order in which the tensors lie in the file. */
  readonly tensors: ReadonlyMap<string, TensorInfo>;
}

interface Entry {
  readonly name: string;
  readonly dtype: SafetensorsDType;
  readonly shape: readonly bigint[];
  readonly begin: bigint;
  readonly end: bigint;
}

type Fields = Partial<Omit<Entry, 'name'>>;

/**
 * Parses and checks a header as the reference does: tensors cover the data without hole or overlap, and each one's
 * span is what its dtype and shape take. A repeated tensor name keeps its last entry, as there.
 *
 * Stricter than the reference in what its deserializer lets through by accident: a tensor written as an array of
 * its three fields, a dtype written as an object, an extent over 2^53 - 1 in an empty tensor.
 *
 * @param bytes the header without its length
 * @param dataLength bytes of the file after the header
 * @throws SafetensorsError
 */
export function parseHeader(bytes: Uint8Array, dataLength: number, file: string): Header {
  const fail = (reason: string) => new SafetensorsError(file, reason);
  const json = new JsonReader(decodeUtf8(bytes, file), (reason) =>
    fail(`the header is not valid: ${reason}`),
  );
  const entries = new Map<string, Entry>();
  let metadata: Map<string, string> | undefined;
  json.object((key) => {
    if (key !== METADATA_KEY) {
      entries.set(key, readEntry(json, key, fail));
      return;
    }
    if (metadata !== undefined) throw fail(`the header has two ${METADATA_KEY} entries`);
    metadata = readMetadata(json);
  });
  json.end();
  const dataStart = LENGTH_BYTES + bytes.length;
  return {
    metadata: metadata ?? new Map(),
    tensors: layOut([...entries.values()], dataStart, dataLength, fail),
  };
}

function decodeUtf8(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new SafetensorsError(file, 'the header is not valid UTF-8', { cause });
  }
}

function readMetadata(json: JsonReader): Map<string, string> {
  const metadata = new Map<string, string>();
  if (json.tryNull()) return metadata;
  json.object((key) => metadata.set(key, json.string()));
  return metadata;
}

function readEntry(json: JsonReader, name: string, fail: (reason: string) => Error): Entry {
  const label = quote(name);
  let fields: Fields = {};
  json.object((key) => {
    const read = readField(json, key, label, fail);
    const repeated = Object.keys(read).some((field) => Object.hasOwn(fields, field));
    if (repeated) throw fail(`tensor ${label} has two ${key} fields`);
    fields = { ...fields, ...read };
  });
  const { dtype, shape, begin, end } = fields;
  if (dtype === undefined || shape === undefined || begin === undefined || end === undefined) {
    throw fail(`tensor ${label} lacks one of dtype, shape and data_offsets`);
  }
  return { name, dtype, shape, begin, end };
}

function readField(json: JsonReader, key: string, label: string, fail: (reason: string) => Error): Fields {
  if (key === 'dtype') {
    const dtype = json.string();
    if (!isSafetensorsDType(dtype)) throw fail(`tensor ${label} has an unknown dtype ${quote(dtype)}`);
    return { dtype };
  }
  if (key === 'shape') return { shape: readIntegers(json) };
  if (key !== 'data_offsets') {
    json.skip();
    return {};
  }
  const [begin, end, ...more] = readIntegers(json);
  if (begin === undefined || end === undefined || more.length > 0) {
    throw fail(`tensor ${label} must have exactly two data_offsets`);
  }
  return { begin, end };
}

function readIntegers(json: JsonReader): bigint[] {
  const integers: bigint[] = [];
  json.array(() => integers.push(json.unsigned()));
  return integers;
}

function layOut(
  entries: Entry[],
  dataStart: number,
  dataLength: number,
  fail: (reason: string) => Error,
): Map<string, TensorInfo> {
  entries.sort((a, b) => compare(a.begin, b.begin) || compare(a.end, b.end));
  const tensors = new Map<string, TensorInfo>();
  let expected = 0n;
  for (const entry of entries) {
    const { name, dtype, shape, begin, end } = entry;
    if (begin !== expected || end < begin) {
      throw fail(`tensor ${quote(name)} lies at [${begin}, ${end}], expected it to begin at ${expected}`);
    }
    requireSpan(entry, fail);
    const byteOffset = dataStart + Number(begin);
    tensors.set(name, { name, dtype, shape: shape.map(Number), byteOffset, byteLength: Number(end - begin) });
    expected = end;
  }
  if (expected !== BigInt(dataLength)) {
    throw fail(`the header describes ${expected} bytes of data, the file holds ${dataLength}; it is damaged`);
  }
  return tensors;
}

function requireSpan({ name, dtype, shape, begin, end }: Entry, fail: (reason: string) => Error): void {
  const label = `tensor ${quote(name)}`;
  const size = byteLengthOf(dtype, shape);
  if (size === 'overflow') throw fail(`${label} has a shape whose size overflows 64 bits`);
  if (size === 'ragged') throw fail(`${label} ends inside a byte: ${bitsPerElement(dtype)} bits an element`);
  if (size !== end - begin) {
    throw fail(`${label} takes ${size} bytes as ${dtype} [${shape.join(', ')}], its span has ${end - begin}`);
  }
  if (shape.some((extent) => extent > Number.MAX_SAFE_INTEGER)) {
    throw fail(`${label} has an extent over 2^53 - 1`);
  }
}

function compare(a: bigint, b: bigint): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
