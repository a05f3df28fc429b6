/** Element types of the format, by the names its headers use. */
export type SafetensorsDType =
  | 'BOOL'
  | 'F4'
  | 'F6_E2M3'
  | 'F6_E3M2'
  | 'U8'
  | 'I8'
  | 'F8_E5M2'
  | 'F8_E4M3'
  | 'F8_E8M0'
  | 'F8_E4M3FNUZ'
  | 'F8_E5M2FNUZ'
  | 'I16'
  | 'U16'
  | 'F16'
  | 'BF16'
  | 'I32'
  | 'U32'
  | 'F32'
  | 'C64'
  | 'F64'
  | 'I64'
  | 'U64';

/** Bits an element of each dtype takes, in the reference's order of increasing alignment. */
const BITS: Readonly<Record<SafetensorsDType, number>> = {
  BOOL: 8,
  F4: 4,
  F6_E2M3: 6,
  F6_E3M2: 6,
  U8: 8,
  I8: 8,
  F8_E5M2: 8,
  F8_E4M3: 8,
  F8_E8M0: 8,
  F8_E4M3FNUZ: 8,
  F8_E5M2FNUZ: 8,
  I16: 16,
  U16: 16,
  F16: 16,
  BF16: 16,
  I32: 32,
  U32: 32,
  F32: 32,
  C64: 64,
  F64: 64,
  I64: 64,
  U64: 64,
};

/** Every dtype, by increasing alignment: a writer lays tensors out in the reverse of this order. */
export const SAFETENSORS_DTYPES = Object.keys(BITS) as readonly SafetensorsDType[];

/** Whether `name` is a dtype that safetensors headers use, such as 'BF16'. */
export function isSafetensorsDType(name: string): name is SafetensorsDType {
  return Object.hasOwn(BITS, name);
}

/** Bits one element takes; 4 or 6 for the packed dtypes. */
export function bitsPerElement(dtype: SafetensorsDType): number {
  return BITS[dtype];
}

const MAX_U64 = 2n ** 64n - 1n;

/**
 * Bytes of a tensor, or the reason why it has no size: u64 overflow while multiplying (the reference multiplies
 * from the left and stops at the first overflow, whatever follows), or a packed dtype that ends inside a byte.
 */
export function byteLengthOf(
  dtype: SafetensorsDType,
  shape: readonly bigint[],
): bigint | 'overflow' | 'ragged' {
  let bits = 1n;
  for (const extent of [...shape, BigInt(bitsPerElement(dtype))]) {
    bits *= extent;
    if (bits > MAX_U64) return 'overflow';
  }
  return bits % 8n === 0n ? bits / 8n : 'ragged';
}
