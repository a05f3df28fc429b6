import { type Tensor, tensor } from '@lusd/tensor';
import type { AttentionMaps, Denoiser, DrawSource, Prediction, Query, Tap } from '../../src/index.ts';

export const SIZE = [8, 8] as const;
export const SHAPE = [1, ...SIZE, 4] as const;
export const COUNT = 8 * 8 * 4;
const TOKENS = 5;

/** Numbers that differ from each other, with mean 0. */
export function wave(count: number, phase = 0): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: count }, (_, i) => Math.sin(1.7 * i + phase));
}

export function latents(phase = 0): Tensor {
  return tensor(wave(COUNT, phase), { shape: SHAPE });
}

/** Draws that never end: timestep 500, noise zero; counts the timesteps. */
export class StubDraws implements DrawSource {
  drawn = 0;

  randint(): number {
    this.drawn++;
    return 500;
  }

  randn(n: number): Float32Array<ArrayBuffer> {
    return new Float32Array(n);
  }
}

/** Gradients with a given standard deviation at each call, and maps that carry the call's number. */
export class StubDenoiser implements Denoiser {
  calls = 0;

  /** @param deviation of the gradient at call number `call`, from 0 */
  constructor(private readonly deviation: (call: number) => number) {}

  /** Of two queries: zeros for the first, the gradient for the second. */
  predict<const Q extends readonly Query[], T>(
    _t: number,
    _queries: Q,
    tap?: Tap<T> | null,
  ): Prediction<Q, T> {
    const call = this.calls++;
    const values = wave(COUNT, call);
    const scale = this.deviation(call) / deviationOf(values);
    const gradient = tensor(
      values.map((v) => v * scale),
      { shape: SHAPE },
    );
    const noises = [tensor(new Float32Array(COUNT), { shape: SHAPE }), gradient];
    return { noises, tapped: tap ? this.mapsOf(call) : null } as unknown as Prediction<Q, T>;
  }

  /** Cross-attention that peaks at place `call`; self-attention that looks at itself alone. */
  private mapsOf(call: number): AttentionMaps {
    const [height, width] = [SIZE[0] / 4, SIZE[1] / 4];
    const cross = new Float32Array(height * width * TOKENS);
    cross.fill(1, (call % (height * width)) * TOKENS, ((call % (height * width)) + 1) * TOKENS);
    const pixels = (SIZE[0] / 2) * (SIZE[1] / 2);
    const identity = Float32Array.from({ length: pixels * pixels }, (_, i) =>
      i % (pixels + 1) === 0 ? 1 : 0,
    );
    return {
      cross: tensor(cross, { shape: [1, height, width, TOKENS] }),
      self: tensor(identity, { shape: [pixels, pixels] }),
    };
  }
}

/** Unbiased standard deviation. */
export function deviationOf(values: ArrayLike<number>): number {
  const list = Array.from(values);
  const mean = list.reduce((a, b) => a + b, 0) / list.length;
  return Math.sqrt(list.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (list.length - 1));
}
