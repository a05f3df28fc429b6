const SIZE = 624;
const SHIFT = 397;
const MATRIX = 0x9908b0df;

/** The 32-bit Mersenne Twister (Matsumoto and Nishimura, 1998), seeded by `init_genrand` as ATen's is. */
export class Mt19937 {
  private readonly state = new Uint32Array(SIZE);
  private position = SIZE;

  /** @param seed an unsigned 32-bit integer, or another twister, to go on as it does */
  constructor(seed: number | Mt19937) {
    const state = this.state;
    if (seed instanceof Mt19937) {
      state.set(seed.state);
      this.position = seed.position;
      return;
    }
    state[0] = seed;
    for (let i = 1; i < SIZE; i++) {
      const previous = state[i - 1]!;
      state[i] = Math.imul(1812433253, previous ^ (previous >>> 30)) + i;
    }
  }

  /** The next unsigned 32-bit integer. */
  next(): number {
    if (this.position === SIZE) this.twist();
    let x = this.state[this.position++]!;
    x ^= x >>> 11;
    x ^= (x << 7) & 0x9d2c5680;
    x ^= (x << 15) & 0xefc60000;
    x ^= x >>> 18;
    return x >>> 0;
  }

  private twist(): void {
    const state = this.state;
    for (let i = 0; i < SIZE; i++) {
      const mixed = (state[i]! & 0x80000000) | (state[(i + 1) % SIZE]! & 0x7fffffff);
      const twisted = (mixed >>> 1) ^ (mixed & 1 ? MATRIX : 0);
      state[i] = state[(i + SHIFT) % SIZE]! ^ twisted;
    }
    this.position = 0;
  }
}
