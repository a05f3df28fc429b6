import {
  concat,
  type Device,
  forwardSilu,
  keep,
  Linear,
  Module,
  type Tensor,
  tensor,
  type UnaryModule,
} from '@lusd/tensor';

/** Slowest wavelength of the sinusoids, over 2 pi. */
const MAX_PERIOD = 10_000;

export interface TimestepsOptions {
  /** Whether cosines come before sines. */
  readonly flipSinToCos: boolean;
  /** Subtracted from the number of frequencies in the exponent's denominator. */
  readonly freqShift: number;
}

/**
 * Sinusoids of the timestep. Reference: diffusers' `get_timestep_embedding`.
 *
 * All of it runs on the device, so that a captured step can be replayed with another timestep.
 */
export class Timesteps {
  /** [1, channels / 2] f32, made by `prepare`. */
  private frequencies: Tensor | null = null;

  constructor(
    private readonly channels: number,
    private readonly options: TimestepsOptions,
  ) {}

  /**
   * Uploads the frequencies, unless they are on `device` already: within a captured step nothing can be. Returns them.
   */
  prepare(device: Device): Tensor {
    if (this.frequencies?.device === device) return this.frequencies;
    this.dispose();
    this.frequencies = keep(this.makeFrequencies(device));
    return this.frequencies;
  }

  /** timesteps [B] f32 -> [B, channels] f32. */
  forward(timesteps: Tensor): Tensor {
    const angles = timesteps.reshape([timesteps.size, 1]).mul(this.prepare(timesteps.device));
    const [sine, cosine] = [angles.sin(), angles.cos()];
    return concat(this.options.flipSinToCos ? [cosine, sine] : [sine, cosine], 1);
  }

  private makeFrequencies(device: Device): Tensor {
    const half = this.channels / 2;
    const slope = -Math.log(MAX_PERIOD) / (half - this.options.freqShift);
    const values = Float32Array.from({ length: half }, (_, i) => Math.exp(slope * i));
    return tensor(values, { shape: [1, half], device });
  }

  dispose(): void {
    this.frequencies?.dispose();
    this.frequencies = null;
  }
}

/** The network on top of the sinusoids. Reference: diffusers' `TimestepEmbedding`. */
export class TimestepEmbedding extends Module {
  readonly linear_1: UnaryModule;
  readonly linear_2: UnaryModule;

  constructor(channels: number, timeChannels: number) {
    super();
    this.linear_1 = new Linear(channels, timeChannels);
    this.linear_2 = new Linear(timeChannels, timeChannels);
  }

  /** [B, channels] -> [B, timeChannels]. */
  forward(sinusoids: Tensor): Tensor {
    return this.linear_2.forward(forwardSilu(this.linear_1, sinusoids));
  }

  /** silu(forward(sinusoids)). */
  forwardSilu(sinusoids: Tensor): Tensor {
    return forwardSilu(this.linear_2, forwardSilu(this.linear_1, sinusoids));
  }
}
