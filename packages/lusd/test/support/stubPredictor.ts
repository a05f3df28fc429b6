import { keep, scope, type Tensor, tensor } from '@lusd/tensor';
import { type Draw, type DrawSource, type NoisePredictor, Prediction } from '../../src/index.ts';

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

/** Draws that never end: timestep 500, noise zero. */
export class StubDraws implements DrawSource {
  drawn = 0;

  next(): Draw {
    this.drawn++;
    return { timestep: 500, noise: new Float32Array(COUNT) };
  }
}

/** Gradients with a given standard deviation at each call, and maps that carry the call's number. */
export class StubPredictor implements NoisePredictor {
  calls = 0;

  /** @param deviation of the gradient at call number `call`, from 0; @param maps whether maps are given */
  constructor(
    private readonly deviation: (call: number) => number,
    private readonly maps = true,
  ) {}

  predict(): Prediction {
    const call = this.calls++;
    const values = wave(COUNT, call);
    const scale = this.deviation(call) / deviationOf(values);
    return scope(() => {
      const gradient = keep(
        tensor(
          values.map((v) => v * scale),
          { shape: SHAPE },
        ),
      );
      return new Prediction(gradient, this.maps ? this.mapsOf(call) : null);
    });
  }

  /** Cross-attention that peaks at place `call`; self-attention that looks at itself alone. */
  private mapsOf(call: number) {
    const [height, width] = [SIZE[0] / 4, SIZE[1] / 4];
    const cross = new Float32Array(height * width * TOKENS);
    cross.fill(1, (call % (height * width)) * TOKENS, ((call % (height * width)) + 1) * TOKENS);
    const pixels = (SIZE[0] / 2) * (SIZE[1] / 2);
    const identity = Float32Array.from({ length: pixels * pixels }, (_, i) =>
      i % (pixels + 1) === 0 ? 1 : 0,
    );
    return {
      cross: keep(tensor(cross, { shape: [1, height, width, TOKENS] })),
      self: keep(tensor(identity, { shape: [pixels, pixels] })),
    };
  }
}

/** Unbiased standard deviation. */
export function deviationOf(values: ArrayLike<number>): number {
  const list = Array.from(values);
  const mean = list.reduce((a, b) => a + b, 0) / list.length;
  return Math.sqrt(list.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (list.length - 1));
}
