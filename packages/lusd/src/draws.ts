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
import type { TimestepRange } from './options.ts';
import type { LatentSize } from './picture/latents.ts';

/** Where an edit's timesteps and noise come from, in the order in which they are drawn. */
export type DrawSource = Pick<Generator, 'randint' | 'randn'>;

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
export function makeGenerator({ seed = 0, rng = 'cuda' }: Seed = {}): TorchCudaGenerator | TorchCpuGenerator {
  return rng === 'cuda' ? new TorchCudaGenerator(seed) : new TorchCpuGenerator(seed);
}

/** What a method draws for one attempt. */
export interface Draw {
  readonly timestep: number;
  /** Standard normal, f32 [1, h, w, C]. */
  readonly noise: Tensor;
}

/** What draws for latents. */
interface Drawer {
  randint(low: number, high: number): number;
  randn(): Tensor;
  prepare?(): void;
  forget?(): void;
}

/** Draws for the latents of one picture; those of a seed can be made ahead. */
export class LatentDraws {
  private readonly drawer: Drawer;

  constructor(draws: DrawSource | Seed, size: LatentSize, device: Device) {
    const noise = (source: DrawSource) => latentNoise(source, size, device);
    this.drawer =
      'randn' in draws
        ? { randint: (low, high) => draws.randint(low, high), randn: () => noise(draws) }
        : new DrawAhead(makeGenerator(draws), noise);
  }

  /** A timestep of the range, then noise, as the released programs draw. */
  next({ low, high }: TimestepRange): Draw {
    const timestep = this.randint(low, high);
    return { timestep, noise: this.randn() };
  }

  /** An integer from [low, high). */
  randint(low: number, high: number): number {
    return this.drawer.randint(low, high);
  }

  /** Standard normal noise in torch's order, [1, C, h, w], as f32 [1, h, w, C]. */
  randn(): Tensor {
    return this.drawer.randn();
  }

  /** Called while the device works: makes what can be made of the next attempt's draws. */
  prepare(): void {
    this.drawer.prepare?.();
  }

  /** Frees what was made ahead and is not wanted; nothing is lost of the sequence. */
  forget(): void {
    this.drawer.forget?.();
  }
}

function latentNoise(generator: DrawSource, { height, width, channels }: LatentSize, device: Device): Tensor {
  return scope(() => randn([1, channels, height, width], { generator, device }).permute([0, 2, 3, 1]));
}
