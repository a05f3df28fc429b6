import { f16ToF32 } from '../float16.ts';

/** The value of an F8_E4M3 code (torch.float8_e4m3fn): bias 7, no infinities, NaN at all ones. */
export function float8E4M3ToFloat(code: number): number {
  const sign = code & 0x80 ? -1 : 1;
  const exponent = (code >> 3) & 0xf;
  const fraction = code & 0x7;
  if (exponent === 0xf && fraction === 0x7) return Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** -9;
  return sign * (8 + fraction) * 2 ** (exponent - 10);
}

/** The value of an F8_E5M2 code (torch.float8_e5m2): a half-precision number without its low byte. */
export function float8E5M2ToFloat(code: number): number {
  return f16ToF32(code << 8);
}
