import { computeType, type DType, type HostArray } from './dtype.ts';
import { DTypeError } from './errors.ts';
import { f16ToF32Array, f32ToF16Array } from './float16.ts';

/** Host numbers in the layout that the device stores `dtype` in, padded to whole 32-bit words. */
export function encode(dtype: DType, data: ArrayLike<number>): ArrayBufferView<ArrayBuffer> {
  switch (dtype) {
    case 'f32':
      return new Float32Array(data);
    case 'i32':
      return new Int32Array(data);
    case 'f16': {
      const words = new Uint32Array(Math.ceil(data.length / 2));
      f32ToF16Array(data, new Uint16Array(words.buffer));
      return words;
    }
    case 'bool':
      return Uint32Array.from(data, (value) => (value ? 1 : 0));
    case 'u8':
      return Uint32Array.from(Uint8Array.from(data));
    default:
      return new Uint32Array(data);
  }
}

/** @throws DTypeError unless the elements of `dtype` are an array of the type of `wanted`'s on the host */
export function requireHostArray(op: string, dtype: DType, wanted: DType): void {
  const bytes = (type: DType) => type === 'u8' || type === 'bool';
  if (computeType(dtype) === computeType(wanted) && bytes(dtype) === bytes(wanted)) return;
  throw new DTypeError(`${op}: asked for ${wanted} elements of a tensor of ${dtype}; cast it first`);
}

/** The inverse of `encode`: `count` elements from device bytes. */
export function decode(dtype: DType, count: number, bytes: ArrayBuffer): HostArray {
  switch (dtype) {
    case 'f32':
      return new Float32Array(bytes, 0, count);
    case 'i32':
      return new Int32Array(bytes, 0, count);
    case 'u32':
      return new Uint32Array(bytes, 0, count);
    case 'f16':
      return f16ToF32Array(new Uint16Array(bytes, 0, count));
    default:
      return Uint8Array.from(new Uint32Array(bytes, 0, count));
  }
}
