import {
  type Device,
  type Generator,
  randn,
  scope,
  type Tensor,
  TorchCpuGenerator,
  TorchCudaGenerator,
} from '@lusd/tensor';
import { DrawAhead } from './drawAhead.ts';
import type { DrawSource } from './drawSource.ts';
import type { TimestepRange } from './options.ts';
import type { LatentSize } from './picture/latents.ts';

export type { DrawSource } from './drawSource.ts';

/** Which of torch's generators numbers are drawn as. */
export type Rng = 'cuda' | 'cpu';

/** A seed of one of torch's generators. */
export interface Seed {
  /** Default 0. */
  readonly seed?: number | bigint | undefined;
  /** Default 'cuda', the released program's. */
  readonly rng?: Rng | undefined;
}

/** The generator of a seed. @throws TensorError for a seed that torch does not take */
export function makeGenerator({ seed = 0, rng = 'cuda' }: Seed = {}): Generator {
  return rng === 'cuda' ? new TorchCudaGenerator(seed) : new TorchCpuGenerator(seed);
}

/** What an edit draws from a seed: noise on the device as a CUDA generator, or ahead on the host as a CPU one. */
export function makeDrawSource(seed: Seed): DrawSource {
  const generator = makeGenerator(seed);
  return generator instanceof TorchCpuGenerator ? new DrawAhead(generator) : generator;
}

/** What a method draws for one attempt. */
export interface Draw {
  readonly timestep: number;
  /** Standard normal, f32 [1, h, w, C]. */
  readonly noise: Tensor;
}

/** Draws for the latents of one picture. */
export class LatentDraws {
  constructor(
    private readonly source: DrawSource,
    private readonly size: LatentSize,
    private readonly device: Device,
  ) {}

  /** A timestep of the range, then noise, as the released programs draw. */
  next({ low, high }: TimestepRange): Draw {
    const timestep = this.randint(low, high);
    return { timestep, noise: this.randn() };
  }

  /** Called while the device works: makes what can be made of the next attempt's draws. */
  prepare(): void {
    this.source.prepare?.();
  }

  /** An integer from [low, high). */
  randint(low: number, high: number): number {
    return this.source.randint(low, high);
  }

  /** Standard normal noise in torch's order, [1, C, h, w], as f32 [1, h, w, C]. */
  randn(): Tensor {
    const { source: generator, device } = this;
    const { height, width, channels } = this.size;
    return scope(() => randn([1, channels, height, width], { generator, device }).permute([0, 2, 3, 1]));
  }
}
