import { type Generator, rangeOf, requireCount, requireInt32Range, toSeed } from './generator.ts';
import { Mt19937 } from './mt19937.ts';

const { fround } = Math;
const TWO_PI = fround(2 * Math.PI);
/** From this many elements on, torch fills normals in blocks of 16 (`normal_fill`). */
const BLOCK = 16;
/** From this range on, torch makes an integer of two draws. */
const WIDE_RANGE = 2 ** 28;

/**
 * torch.Generator('cpu') of torch 2.13: ATen's mt19937 with its distributions. Integers and uniforms are equal to
 * torch's bit by bit; normals within 5e-7, since torch's vectorised log and cosine are approximations of their own.
 *
 * Only the low 32 bits of the seed take part. Older versions of torch made integers of ranges from 2^28 to 2^32 of one
 * draw, where this one makes them of two.
 */
export class TorchCpuGenerator implements Generator {
  private engine: Mt19937;
  private seed: bigint;
  /** The sine half of the last pair that `randn` of fewer than 16 elements drew. */
  private nextNormal: number | undefined;

  constructor(seed: number | bigint) {
    this.seed = toSeed(seed);
    this.engine = engineFor(this.seed);
  }

  get initialSeed(): bigint {
    return this.seed;
  }

  manualSeed(seed: number | bigint): this {
    this.seed = toSeed(seed);
    this.engine = engineFor(this.seed);
    this.nextNormal = undefined;
    return this;
  }

  /** A generator that draws what this one draws from here on (torch: `get_state` and `set_state`). */
  clone(): TorchCpuGenerator {
    const clone = new TorchCpuGenerator(this.seed);
    clone.engine = new Mt19937(this.engine);
    clone.nextNormal = this.nextNormal;
    return clone;
  }

  rand(n: number): Float32Array<ArrayBuffer> {
    requireCount('rand', n);
    return this.fillUniform(new Float32Array(n));
  }

  randn(n: number): Float32Array<ArrayBuffer> {
    requireCount('randn', n);
    if (n < BLOCK) return new Float32Array(n).map(() => this.normal());
    const out = this.fillUniform(new Float32Array(n));
    for (let i = 0; i + BLOCK <= n; i += BLOCK) boxMuller(out.subarray(i, i + BLOCK));
    if (n % BLOCK !== 0) boxMuller(this.fillUniform(out.subarray(n - BLOCK)));
    return out;
  }

  randint(low: number, high: number): number {
    return low + this.below(rangeOf('randint', low, high));
  }

  randintArray(low: number, high: number, n: number): Int32Array<ArrayBuffer> {
    requireCount('randintArray', n);
    const range = rangeOf('randintArray', low, high);
    requireInt32Range('randintArray', low, high);
    return new Int32Array(n).map(() => low + this.below(range));
  }

  /** A random permutation of 0 .. n - 1 (torch: `randperm(n)`), for n below 2^31. */
  randperm(n: number): Int32Array<ArrayBuffer> {
    requireCount('randperm', n);
    requireInt32Range('randperm', 0, n);
    const out = new Int32Array(n).map((_, i) => i);
    for (let i = 0; i < n - 1; i++) {
      const j = i + (this.engine.next() % (n - i));
      const swapped = out[i]!;
      out[i] = out[j]!;
      out[j] = swapped;
    }
    return out;
  }

  private below(range: number): number {
    if (range < WIDE_RANGE) return this.engine.next() % range;
    const high = BigInt(this.engine.next());
    const low = BigInt(this.engine.next());
    return Number(((high << 32n) | low) % BigInt(range));
  }

  private fillUniform(out: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
    for (let i = 0; i < out.length; i++) out[i] = (this.engine.next() & 0xffffff) * 2 ** -24;
    return out;
  }

  /** `at::normal_distribution<double>`: Box-Muller in doubles, one of each pair kept for the next call. */
  private normal(): number {
    const kept = this.nextNormal;
    this.nextNormal = undefined;
    if (kept !== undefined) return kept;
    const u1 = this.uniformDouble();
    const u2 = this.uniformDouble();
    const radius = Math.sqrt(-2 * Math.log1p(-u2));
    const theta = 2 * Math.PI * u1;
    this.nextNormal = radius * Math.sin(theta);
    return radius * Math.cos(theta);
  }

  /** 53 bits of two draws, the first one high. */
  private uniformDouble(): number {
    const high = this.engine.next() & 0x1fffff;
    return (high * 2 ** 32 + this.engine.next()) * 2 ** -53;
  }
}

function engineFor(seed: bigint): Mt19937 {
  return new Mt19937(Number(BigInt.asUintN(32, seed)));
}

/** Turns 16 uniforms into 16 normals in place: radii from the first half, angles from the second, in f32 steps. */
function boxMuller(block: Float32Array): void {
  const half = BLOCK / 2;
  for (let i = 0; i < half; i++) {
    const radius = fround(Math.sqrt(-2 * fround(Math.log(1 - block[i]!))));
    const theta = fround(TWO_PI * block[i + half]!);
    block[i] = radius * fround(Math.cos(theta));
    block[i + half] = radius * fround(Math.sin(theta));
  }
}
