import { DTypeError, TensorError } from '../errors.ts';
import { f16ToF32Array, f32ToF16Array } from '../float16.ts';
import type { SafetensorsDType } from './dtype.ts';
import { float8E4M3ToFloat, float8E5M2ToFloat } from './float8.ts';

/**
 * Decodes little-endian elements to f32, rounding to nearest as torch's `.to(torch.float32)` does.
 * F32 bytes at an aligned offset are viewed, not copied.
 *
 * @throws DTypeError for a dtype without such a conversion (the packed ones, C64, F8_E8M0, FNUZ)
 */
export function toFloat32(
  bytes: Uint8Array<ArrayBuffer>,
  dtype: SafetensorsDType,
): Float32Array<ArrayBuffer> {
  switch (dtype) {
    case 'F32':
      return viewAs(Float32Array, bytes);
    case 'F16':
      return f16ToF32Array(viewAs(Uint16Array, bytes));
    case 'BF16':
      return bfloat16ToFloat32(viewAs(Uint16Array, bytes));
    case 'F8_E4M3':
      return lookUp(bytes, float8E4M3ToFloat);
    case 'F8_E5M2':
      return lookUp(bytes, float8E5M2ToFloat);
    case 'I64':
    case 'U64':
      return int64ToFloat32(bytes, dtype);
    default:
      return new Float32Array(plainView(bytes, dtype, 'f32'));
  }
}

/**
 * Decodes little-endian elements to IEEE half precision, as bits. Goes through f32 as torch does and rounds to
 * nearest even; what exceeds 65504 becomes infinite. F16 bytes at an aligned offset are viewed, not copied.
 *
 * @throws DTypeError as `toFloat32`
 */
export function toFloat16Bits(
  bytes: Uint8Array<ArrayBuffer>,
  dtype: SafetensorsDType,
): Uint16Array<ArrayBuffer> {
  if (dtype === 'F16') return viewAs(Uint16Array, bytes);
  const floats = toFloat32(bytes, dtype);
  const halves = new Uint16Array(floats.length);
  f32ToF16Array(floats, halves);
  return halves;
}

/**
 * Decodes little-endian integers (or booleans) to i32. I32 bytes at an aligned offset are viewed, not copied.
 *
 * @throws DTypeError for a floating-point or packed dtype
 * @throws TensorError if an element does not fit 32 bits
 */
export function toInt32(bytes: Uint8Array<ArrayBuffer>, dtype: SafetensorsDType): Int32Array<ArrayBuffer> {
  if (dtype === 'I32') return viewAs(Int32Array, bytes);
  if (dtype === 'I64' || dtype === 'U64') return int64ToInt32(bytes, dtype);
  if (dtype === 'U32') return uint32ToInt32(bytes);
  if (dtype === 'F64') throw unsupported(dtype, 'i32');
  return new Int32Array(plainView(bytes, dtype, 'i32'));
}

/** Views for the dtypes that a typed array of the platform already reads. */
function plainView(bytes: Uint8Array<ArrayBuffer>, dtype: SafetensorsDType, target: string) {
  switch (dtype) {
    case 'F64':
      return viewAs(Float64Array, bytes);
    case 'U32':
      return viewAs(Uint32Array, bytes);
    case 'I32':
      return viewAs(Int32Array, bytes);
    case 'U16':
      return viewAs(Uint16Array, bytes);
    case 'I16':
      return viewAs(Int16Array, bytes);
    case 'I8':
      return viewAs(Int8Array, bytes);
    case 'U8':
    case 'BOOL':
      return bytes;
    default:
      throw unsupported(dtype, target);
  }
}

function unsupported(dtype: SafetensorsDType, target: string): DTypeError {
  return new DTypeError(
    `safetensors: ${dtype} elements cannot be converted to ${target}; convert the file first`,
  );
}

interface ViewConstructor<T> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBuffer, byteOffset: number, length: number): T;
}

/** A typed array over `bytes`, copied first if they do not start on a multiple of its element size. */
function viewAs<T>(View: ViewConstructor<T>, bytes: Uint8Array<ArrayBuffer>): T {
  const size = View.BYTES_PER_ELEMENT;
  if (bytes.length % size !== 0)
    throw new TensorError(`safetensors: ${bytes.length} bytes are not whole elements`);
  const { buffer, byteOffset } = bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes);
  return new View(buffer, byteOffset, bytes.length / size);
}

/** Decodes one-byte codes through a table of their 256 values. */
function lookUp(codes: Uint8Array, decode: (code: number) => number): Float32Array<ArrayBuffer> {
  const table = Float32Array.from({ length: 256 }, (_, code) => decode(code));
  const out = new Float32Array(codes.length);
  for (let i = 0; i < codes.length; i++) out[i] = table[codes[i]!]!;
  return out;
}

function bfloat16ToFloat32(codes: Uint16Array): Float32Array<ArrayBuffer> {
  const bits = new Uint32Array(codes.length);
  for (let i = 0; i < codes.length; i++) bits[i] = codes[i]! << 16;
  return new Float32Array(bits.buffer);
}

const TWO_32 = 2 ** 32;
// Below this the double made of both words is exact; above, it would round before the f32 rounds again.
const EXACT_HIGH = 2 ** 20;

function int64ToFloat32(bytes: Uint8Array<ArrayBuffer>, dtype: 'I64' | 'U64'): Float32Array<ArrayBuffer> {
  const words = int64Words(bytes, dtype);
  const out = new Float32Array(words.low.length / 2);
  for (let i = 0; i < out.length; i++) {
    const high = words.high[2 * i + 1]!;
    let low = words.low[2 * i]!;
    const exact = high >= -EXACT_HIGH && high < EXACT_HIGH;
    if (!exact && (low & 0x7ff) !== 0) low = ((low & ~0x7ff) | 0x800) >>> 0; // sticky bit
    out[i] = high * TWO_32 + low;
  }
  return out;
}

function int64ToInt32(bytes: Uint8Array<ArrayBuffer>, dtype: 'I64' | 'U64'): Int32Array<ArrayBuffer> {
  const words = int64Words(bytes, dtype);
  const out = new Int32Array(words.low.length / 2);
  for (let i = 0; i < out.length; i++) {
    const value = words.high[2 * i + 1]! * TWO_32 + words.low[2 * i]!;
    out[i] = value;
    if (out[i] !== value) throw outOfRange(dtype, i);
  }
  return out;
}

function uint32ToInt32(bytes: Uint8Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const values = viewAs(Uint32Array, bytes);
  const out = new Int32Array(values);
  const overflow = out.findIndex((value) => value < 0);
  if (overflow >= 0) throw outOfRange('U32', overflow);
  return out;
}

/** Both words of 64-bit integers; a BigInt64Array would allocate an object an element. */
function int64Words(bytes: Uint8Array<ArrayBuffer>, dtype: 'I64' | 'U64') {
  if (bytes.length % 8 !== 0)
    throw new TensorError(`safetensors: ${bytes.length} bytes are not whole elements`);
  const low = viewAs(Uint32Array, bytes);
  return { low, high: dtype === 'I64' ? new Int32Array(low.buffer, low.byteOffset, low.length) : low };
}

function outOfRange(dtype: SafetensorsDType, index: number): TensorError {
  return new TensorError(`safetensors: element ${index} of a ${dtype} tensor does not fit in i32`);
}
