import { toFloat16Bits } from '@lusd/tensor';

const LEVELS = 2 ** 16;

/** Xorshift (Marsaglia 2003): fast, and good enough for weights that mean nothing. */
export class Xorshift32 {
  /** @param state seed, not 0 */
  constructor(private state: number) {}

  next(): number {
    let x = this.state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.state = x;
    return x;
  }
}

/** `count` uniform f16 values of the given mean and standard deviation, as bits. */
export function drawHalves(
  count: number,
  mean: number,
  deviation: number,
  random: Xorshift32,
): Uint16Array<ArrayBuffer> {
  const table = uniformTable(mean, deviation);
  const halves = new Uint16Array(count);
  for (let i = 0; i < count; i += 2) {
    const bits = random.next();
    halves[i] = table[bits & 0xffff]!;
    halves[i + 1] = table[bits >>> 16]!;
  }
  return halves;
}

/** Every level that a 16-bit draw can take. */
function uniformTable(mean: number, deviation: number): Uint16Array {
  const range = 2 * Math.sqrt(3) * deviation;
  const values = Float32Array.from({ length: LEVELS }, (_, i) => mean + range * ((i + 0.5) / LEVELS - 0.5));
  return toFloat16Bits(new Uint8Array(values.buffer), 'F32');
}
