import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { DTypeError, TensorError } from '../../src/errors.ts';
import { type SafetensorsDType, toFloat16Bits, toFloat32, toInt32 } from '../../src/safetensors/index.ts';
import { fromBase64, readJson } from './files.ts';

interface Converted {
  readonly dtype: SafetensorsDType;
  readonly data: string;
  readonly float32: string;
  readonly float16: string;
}

const { cases, everyCode } = readJson<{ cases: Converted[]; everyCode: Omit<Converted, 'data'>[] }>(
  'safetensors_converted.json',
);

const FLOAT_NAN = 0x7fc00000;
const HALF_NAN = 0x7e00;

/** The bits of f32 elements, with every NaN as the golden file has it. */
function floatBits(values: Float32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  return bits.map((code) => ((code & 0x7fffffff) > 0x7f800000 ? FLOAT_NAN : code));
}

function halfBits(codes: Uint16Array<ArrayBuffer>): Uint16Array<ArrayBuffer> {
  return codes.map((code) => ((code & 0x7fff) > 0x7c00 ? HALF_NAN : code));
}

describe.each(cases)('$dtype', ({ dtype, data, float32, float16 }) => {
  test('widens to f32 as torch does', () => {
    const expected = new Uint32Array(fromBase64(float32).buffer);
    expect(floatBits(toFloat32(fromBase64(data), dtype))).toEqual(expected);
  });

  test('narrows to f16 as torch does', () => {
    const expected = new Uint16Array(fromBase64(float16).buffer);
    expect(halfBits(toFloat16Bits(fromBase64(data), dtype))).toEqual(expected);
  });

  test('does not need aligned bytes', () => {
    const bytes = fromBase64(data);
    const shifted = new Uint8Array(bytes.length + 1);
    shifted.set(bytes, 1);
    expect(floatBits(toFloat32(shifted.subarray(1), dtype))).toEqual(floatBits(toFloat32(bytes, dtype)));
  });
});

test.each(everyCode)('$dtype: all 65536 codes', ({ dtype, float32, float16 }) => {
  const codes = Uint16Array.from({ length: 65536 }, (_, code) => code);
  const digest = (values: NodeJS.ArrayBufferView) => createHash('sha256').update(values).digest('hex');
  const bytes = () => new Uint8Array(codes.slice().buffer);
  expect(digest(floatBits(toFloat32(bytes(), dtype)))).toBe(float32);
  expect(digest(halfBits(toFloat16Bits(bytes(), dtype)))).toBe(float16);
});

const bytesOf = (values: ArrayBufferView<ArrayBuffer>) =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

test.each([
  [
    'I64',
    BigInt64Array.of(0n, -1n, 49407n, 2n ** 31n - 1n, -(2n ** 31n)),
    [0, -1, 49407, 2147483647, -2147483648],
  ],
  ['U64', BigUint64Array.of(0n, 2n ** 31n - 1n), [0, 2147483647]],
  ['U32', Uint32Array.of(5, 2 ** 31 - 1), [5, 2147483647]],
  ['I32', Int32Array.of(-7), [-7]],
  ['U16', Uint16Array.of(65535), [65535]],
  ['I16', Int16Array.of(-32768), [-32768]],
  ['I8', Int8Array.of(-128), [-128]],
  ['U8', Uint8Array.of(255), [255]],
  ['BOOL', Uint8Array.of(1, 0), [1, 0]],
] as const)('%s to i32', (dtype, values, expected) => {
  expect([...toInt32(bytesOf(values), dtype)]).toEqual(expected);
});

test.each([
  ['I64', BigInt64Array.of(1n, 2n ** 31n)],
  ['I64', BigInt64Array.of(1n, -(2n ** 31n) - 1n)],
  ['I64', BigInt64Array.of(1n, 2n ** 32n)],
  ['U64', BigUint64Array.of(1n, 2n ** 64n - 1n)],
  ['U32', Uint32Array.of(1, 2 ** 31)],
] as const)('%s that does not fit in i32 is refused', (dtype, values) => {
  expect(() => toInt32(bytesOf(values), dtype)).toThrow('element 1 of a');
});

test('dtypes without a conversion are refused by name', () => {
  for (const dtype of ['C64', 'F4', 'F6_E2M3', 'F8_E8M0', 'F8_E4M3FNUZ'] as const) {
    expect(() => toFloat32(new Uint8Array(8), dtype)).toThrow(DTypeError);
    expect(() => toFloat16Bits(new Uint8Array(8), dtype)).toThrow(dtype);
  }
  for (const dtype of ['F16', 'F32', 'F64', 'BF16'] as const) {
    expect(() => toInt32(new Uint8Array(8), dtype)).toThrow(DTypeError);
  }
});

test('bytes that are not whole elements are refused', () => {
  for (const dtype of ['F16', 'F32', 'F64', 'I64', 'BF16'] as const) {
    expect(() => toFloat32(new Uint8Array(9), dtype)).toThrow(TensorError);
  }
  expect(() => toInt32(new Uint8Array(12), 'I64')).toThrow(TensorError);
});

test('elements already of the type wanted are not copied', () => {
  const bytes = new Uint8Array(8);
  expect(toFloat32(bytes, 'F32').buffer).toBe(bytes.buffer);
  expect(toFloat16Bits(bytes, 'F16').buffer).toBe(bytes.buffer);
  expect(toInt32(bytes, 'I32').buffer).toBe(bytes.buffer);
});
