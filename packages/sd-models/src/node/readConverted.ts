import { isSafetensorsDType, type SafetensorsFile, toFloat16Bits, toFloat32 } from '@lusd/tensor';
import { CheckpointError } from '../checkpointError.ts';
import { readStored } from '../weights/readWeight.ts';
import type { WeightSource } from '../weights/weightSource.ts';

/** What a converted weight is stored as. */
export type StoredDType = 'F32' | 'F16';

/** Bits of an infinity in half precision, without the sign. */
const HALF_INFINITY = 0x7c00;

/**
 * One weight in another dtype and in the model's own layout.
 * @throws CheckpointError if it holds no numbers, or one too large for f16
 */
export async function readConverted(
  file: SafetensorsFile,
  name: string,
  source: WeightSource,
  dtype: StoredDType,
): Promise<Uint8Array> {
  if (!isSafetensorsDType(source.dtype))
    throw new CheckpointError(
      `${source.file.name}: '${source.key}' is of the unknown dtype ${source.dtype}.`,
    );
  const stored = await readStored(file, name, source);
  const values = dtype === 'F16' ? toFloat16Bits(stored, source.dtype) : toFloat32(stored, source.dtype);
  if (values instanceof Uint16Array && values.some((bits) => (bits & 0x7fff) >= HALF_INFINITY))
    throw new CheckpointError(
      `${source.file.name}: the weight '${name}' holds a value that f16 cannot; convert with --dtype f32.`,
    );
  const laidOut = source.view?.kind === 'transpose' ? transpose(values, source.shape) : values;
  return new Uint8Array(laidOut.buffer, laidOut.byteOffset, laidOut.byteLength);
}

/** The matrix stored as [n, m] as `shape`, [m, n]. */
function transpose<T extends Uint16Array | Float32Array>(values: T, shape: readonly number[]): T {
  const [rows = 0, columns = 0] = shape;
  const out = values.slice() as T;
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) out[i * columns + j] = values[j * rows + i]!;
  }
  return out;
}
