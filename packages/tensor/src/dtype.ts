import { DTypeError } from './errors.ts';

/**
 * Element types. `f16` is stored as packed halves and computed in f32. A WGSL storage buffer has no bytes,
 * so `u8` and `bool` take one 32-bit word an element on the device and one byte on the host.
 */
export type DType = 'f32' | 'f16' | 'i32' | 'u32' | 'u8' | 'bool';

/** What `Tensor.data()` resolves to for each dtype; f16 is widened. */
export interface HostArrays {
  f32: Float32Array<ArrayBuffer>;
  f16: Float32Array<ArrayBuffer>;
  i32: Int32Array<ArrayBuffer>;
  u32: Uint32Array<ArrayBuffer>;
  u8: Uint8Array<ArrayBuffer>;
  bool: Uint8Array<ArrayBuffer>;
}

/** The typed array of any dtype, as `Tensor.data()` gives it. */
export type HostArray = HostArrays[DType];

/** Bytes that `count` elements take on the device, padded so that a kernel may load and store whole vec4s. */
export function deviceBytes(dtype: DType, count: number): number {
  const bytes = dtype === 'f16' ? count * 2 : count * 4;
  return Math.max(16, Math.ceil(bytes / 16) * 16);
}

export function isFloat(dtype: DType): dtype is 'f32' | 'f16' {
  return dtype === 'f32' || dtype === 'f16';
}

/** The WGSL type in which a kernel computes with elements of `dtype`. */
export function computeType(dtype: DType): 'f32' | 'i32' | 'u32' {
  if (isFloat(dtype)) return 'f32';
  return dtype === 'i32' ? 'i32' : 'u32';
}

const RANK: Record<DType, number> = { bool: 0, u8: 1, u32: 2, i32: 3, f16: 4, f32: 5 };

/** The dtype of an operation on `a` and `b`, as torch promotes: bool < integers < floats, f16 with f32 is f32. */
export function promote(a: DType, b: DType): DType {
  return RANK[a] >= RANK[b] ? a : b;
}

export function requireFloat(op: string, dtype: DType): void {
  if (!isFloat(dtype)) throw new DTypeError(`${op}: needs f32 or f16, got ${dtype}; cast it first`);
}
