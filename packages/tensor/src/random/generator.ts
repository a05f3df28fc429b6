import { TensorError } from '../errors.ts';

/** A source of random numbers that repeats what PyTorch draws from the same seed. */
export interface Generator {
  /** The seed in use, from 0 to 2^64 - 1 (torch: `initial_seed()`). */
  readonly initialSeed: bigint;

  /** Starts over from `seed` (torch: `manual_seed`): an integer from -2^63 to 2^64 - 1, negative ones modulo 2^64. */
  manualSeed(seed: number | bigint): this;

  /** `n` f32 numbers from the uniform distribution on [0, 1) (torch: `rand`). */
  rand(n: number): Float32Array<ArrayBuffer>;

  /** `n` f32 numbers from the standard normal distribution (torch: `randn` of any shape with `n` elements). */
  randn(n: number): Float32Array<ArrayBuffer>;

  /** One integer from [low, high) (torch: `randint(low, high, (1,)).item()`). */
  randint(low: number, high: number): number;

  /** `n` integers from [low, high), which must lie within 32 bits (torch: `randint(low, high, (n,))`). */
  randintArray(low: number, high: number, n: number): Int32Array<ArrayBuffer>;
}

/** The unsigned 64-bit seed that torch makes of `seed`. */
export function toSeed(seed: number | bigint): bigint {
  if (typeof seed === 'number' && !Number.isSafeInteger(seed)) {
    throw new TensorError(`manualSeed: ${seed} is not a safe integer; pass larger seeds as a bigint`);
  }
  const value = BigInt(seed);
  if (value < -(2n ** 63n) || value >= 2n ** 64n) {
    throw new TensorError(`manualSeed: ${seed} does not fit in 64 bits`);
  }
  return BigInt.asUintN(64, value);
}

export function requireCount(op: string, n: number): void {
  if (!Number.isSafeInteger(n) || n < 0) throw new TensorError(`${op}: ${n} is not a number of elements`);
}

/** The size of [low, high), checked. */
export function rangeOf(op: string, low: number, high: number): number {
  const range = high - low;
  const valid =
    Number.isSafeInteger(low) && Number.isSafeInteger(high) && Number.isSafeInteger(range) && range > 0;
  if (!valid) throw new TensorError(`${op}: [${low}, ${high}) is not a non-empty range of safe integers`);
  return range;
}

export function requireInt32Range(op: string, low: number, high: number): void {
  if (low < -(2 ** 31) || high > 2 ** 31) {
    throw new TensorError(
      `${op}: [${low}, ${high}) exceeds 32 bits; draw larger integers one by one with randint`,
    );
  }
}
