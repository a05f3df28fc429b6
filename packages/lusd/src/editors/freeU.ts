import type { ResnetHook } from '@lusd/sd-models';
import { cast, concat, dims, keep, matmul, narrow, scope, type Tensor, tensor } from '@lusd/tensor';
import type { Tap } from '../denoiser.ts';

/** What FreeU does where the incoming features have so many channels. */
interface FreeULevel {
  readonly channels: number;
  /** Factor on the first half of the incoming features. */
  readonly backbone: number;
  /** Factor on the low frequencies of the skip. */
  readonly skip: number;
}

/** As released with SSD. */
const LEVELS: readonly FreeULevel[] = [
  { channels: 1280, backbone: 1.1, skip: 0.9 },
  { channels: 640, backbone: 1.1, skip: 0.2 },
];

/** Bins of the Fourier transform that are scaled: those of the four lowest frequencies, as the released filter cuts. */
const BINS = [
  [0, 0],
  [0, -1],
  [-1, 0],
  [-1, -1],
] as const;

/**
 * FreeU (Si et al., arXiv 2309.11497): in the up blocks of the UNet half of the incoming features are amplified, and the
 * skips' low frequencies damped. Dispose it, or declare it with `using`.
 */
export class FreeU implements Tap<null> {
  private readonly waves = new Map<string, Tensor>();

  listen() {
    const hooks = { resnet: () => this.hook, [Symbol.dispose]() {} };
    return { hooks, read: () => null };
  }

  dispose(): void {
    for (const waves of this.waves.values()) waves.dispose();
    this.waves.clear();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  private readonly hook: ResnetHook = {
    inputs: (hidden, skip) => {
      const level = LEVELS.find(({ channels }) => channels === hidden.shape.at(-1));
      if (!level) return [hidden, skip];
      return [amplified(hidden, level.backbone), this.filter(skip, level.skip)];
    },
  };

  /**
   * `x` [B, H, W, C] with its lowest frequencies multiplied by `scale`. Instead of a Fourier transform: what `x` holds of
   * each of the bins' waves, taken away or added.
   */
  filter(x: Tensor, scale: number): Tensor {
    const [batch, height, width, channels] = dims('freeU', x, ['B', 'H', 'W', 'C']);
    const waves = this.wavesOf(height, width, x);
    return scope(() => {
      const pixels = cast(x, 'f32').reshape([batch, height * width, channels]);
      const amounts = matmul(waves, pixels).div(height * width);
      const low = matmul(waves.permute([1, 0]), amounts);
      return cast(pixels.add(low.mul(scale - 1)).reshape(x.shape), x.dtype);
    });
  }

  /** Cosine and sine of every bin, [2 bins, H W]. */
  private wavesOf(height: number, width: number, { device }: Tensor): Tensor {
    const key = `${height}x${width}`;
    const known = this.waves.get(key);
    if (known) return known;
    const phases = BINS.map(([fy, fx]) =>
      Float64Array.from(
        { length: height * width },
        (_, i) => 2 * Math.PI * ((fy * Math.floor(i / width)) / height + (fx * (i % width)) / width),
      ),
    );
    const values = phases.flatMap((phase) => [...phase.map(Math.cos), ...phase.map(Math.sin)]);
    const waves = keep(tensor(values, { shape: [2 * BINS.length, height * width], device }));
    this.waves.set(key, waves);
    return waves;
  }
}

function amplified(hidden: Tensor, factor: number): Tensor {
  const [, , , channels] = dims('freeU', hidden, ['B', 'H', 'W', 'C']);
  const half = channels / 2;
  return scope(() => concat([narrow(hidden, -1, 0, half).mul(factor), narrow(hidden, -1, half, half)], -1));
}
