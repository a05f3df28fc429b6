import { openSafetensors, type SafetensorsFile, toFloat32 } from '@lusd/tensor';
import { CheckpointError } from '../checkpointError.ts';
import { storedTwice, type WeightSource } from './weightSource.ts';

/** Dtypes of weights on the device. */
export type WeightDType = 'f32' | 'f16';

const STORED = ['F32', 'F16', 'BF16', 'F64', 'F8_E4M3', 'F8_E5M2'] as const;
type StoredDType = (typeof STORED)[number];

/** Whether tensors of the safetensors dtype `dtype` can be weights. */
export function isWeightDType(dtype: string): dtype is StoredDType {
  return STORED.some((known) => known === dtype);
}

/** Bytes in the device's layout, padded to whole words. */
export interface UploadBytes {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly dtype: WeightDType;
}

/**
 * Reads one weight for upload: halves stay as they are, everything else becomes f32.
 *
 * @param target its dtype on the device, which must be able to hold its values
 * @throws CheckpointError naming the weight when it holds NaN, an infinity, or a value too large for `target`
 */
export async function readWeight(
  file: SafetensorsFile,
  name: string,
  source: WeightSource,
  target: WeightDType,
): Promise<UploadBytes> {
  const { dtype } = source;
  if (!isWeightDType(dtype)) throw new TypeError(`readWeight: '${name}' is ${dtype}; match it first`);
  const bytes = await readStored(file, name, source);
  if (dtype === 'F16') {
    const halves = padToWords(bytes);
    refuse(findHalf(new Uint16Array(halves.buffer)), 'NaN or an infinity', name, source);
    return { bytes: halves, dtype: 'f16' };
  }
  const floats = toFloat32(bytes, dtype);
  refuse(findFloat(floats, INFINITY), 'NaN or an infinity', name, source);
  if (target === 'f16') refuse(findFloat(floats, F16_OVERFLOW), 'a value too large for f16', name, source);
  return { bytes: new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength), dtype: 'f32' };
}

/**
 * The bytes of a weight as they are stored: of its rows, where it is some rows of a tensor.
 * @throws CheckpointError if copies of it under other names differ
 */
export async function readStored(
  file: SafetensorsFile,
  name: string,
  source: WeightSource,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = selectRows(await file.read(source.key), file, source);
  for (const copy of source.copies ?? []) {
    await using other = copy.file === source.file ? null : await openSafetensors(copy.file.source);
    const stored = selectRows(await (other ?? file).read(copy.key), other ?? file, copy);
    if (!equalBytes(bytes, stored)) throw storedTwice(name, source, copy);
  }
  return bytes;
}

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

function selectRows(
  bytes: Uint8Array<ArrayBuffer>,
  file: SafetensorsFile,
  { key, view }: WeightSource,
): Uint8Array<ArrayBuffer> {
  if (view?.kind !== 'rows') return bytes;
  const row = bytes.length / (file.tensors.get(key)?.shape[0] ?? 1);
  return bytes.subarray(view.start * row, view.end * row);
}

/** The bytes from offset 0 of a buffer of whole words; copied unless they are so already. */
function padToWords(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  if (bytes.byteOffset === 0 && bytes.byteLength === bytes.buffer.byteLength && bytes.length % 4 === 0) {
    return bytes;
  }
  const padded = new Uint8Array(Math.ceil(bytes.length / 4) * 4);
  padded.set(bytes);
  return padded;
}

/** Bits of the smallest magnitude that is not finite. */
const INFINITY = 0x7f800000;
/** Bits of 65520, the smallest magnitude that rounds to infinity in f16. */
const F16_OVERFLOW = 0x477ff000;

/** Index of the first element whose magnitude has at least these bits, or -1. */
function findFloat(values: Float32Array<ArrayBuffer>, limit: number): number {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < bits.length; i++) if ((bits[i]! & 0x7fffffff) >= limit) return i;
  return -1;
}

/** Index of the first half that is not finite, or -1. */
function findHalf(bits: Uint16Array<ArrayBuffer>): number {
  for (let i = 0; i < bits.length; i++) if ((bits[i]! & 0x7fff) >= 0x7c00) return i;
  return -1;
}

function refuse(index: number, what: string, name: string, { file, key }: WeightSource): void {
  if (index < 0) return;
  const advice = what.includes('f16') ? 'load it as f32' : 'the checkpoint is damaged, download it again';
  throw new CheckpointError(
    `${file.name}: the weight '${name}' (stored as '${key}') holds ${what} at element ${index}; ${advice}.`,
  );
}
