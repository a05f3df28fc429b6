import { type Generator, TorchCpuGenerator, TorchCudaGenerator } from '@lusd/tensor';

/** What one attempt draws. */
export interface Draw {
  readonly timestep: number;
  /** Noise in torch's order, [1, 4, h, w]. */
  readonly noise: Float32Array<ArrayBuffer>;
}

/** Where the attempts' timesteps and noise come from, in order. */
export interface DrawSource {
  next(): Draw;
}

/** Which of torch's generators numbers are drawn as. */
export type Rng = 'cuda' | 'cpu';

export function makeGenerator(rng: Rng, seed: number): Generator {
  return rng === 'cuda' ? new TorchCudaGenerator(seed) : new TorchCpuGenerator(seed);
}

/** Draws as the released program does: a timestep in [low, high), then noise, from one generator. */
export class GeneratorDraws implements DrawSource {
  constructor(
    private readonly generator: Generator,
    private readonly low: number,
    private readonly high: number,
    private readonly noiseSize: number,
  ) {}

  next(): Draw {
    const timestep = this.generator.randint(this.low, this.high);
    return { timestep, noise: this.generator.randn(this.noiseSize) };
  }
}
