import { scope, type Tensor } from '@lusd/tensor';
import type { PredictionType, SchedulerConfig } from './config.ts';

const { fround } = Math;

/** The part of a scheduler's configuration that says how much noise each training step adds. */
export type NoiseConfig = Pick<
  SchedulerConfig,
  'numTrainTimesteps' | 'betaStart' | 'betaEnd' | 'betaSchedule'
>;

/**
 * How much of the picture and of the noise there is at each training step: z_t = alpha_t z + sigma_t eps, where
 * alpha_t^2 + sigma_t^2 = 1. Timesteps are integers from 0 to `length` - 1.
 */
export class NoiseSchedule {
  readonly predictionType: PredictionType;
  private readonly abar: Float32Array;

  constructor(config: NoiseConfig & Pick<SchedulerConfig, 'predictionType'>) {
    this.predictionType = config.predictionType;
    this.abar = alphasCumprod(config);
  }

  /** Number of training steps. */
  get length(): number {
    return this.abar.length;
  }

  /** abar_t = alpha_t^2. @throws RangeError for a timestep that the model was not trained at */
  alphaCumprod(timestep: number): number {
    const abar = this.abar[timestep];
    if (abar !== undefined) return abar;
    throw new RangeError(
      `Timestep ${timestep} is none of the ${this.length} that the model was trained at; use an integer from 0 to ${this.length - 1}.`,
    );
  }

  /** sqrt(abar_t): amplitude of the picture. @throws RangeError as {@link alphaCumprod} */
  alpha(timestep: number): number {
    return Math.sqrt(this.alphaCumprod(timestep));
  }

  /** sqrt(1 - abar_t): amplitude of the noise. @throws RangeError as {@link alphaCumprod} */
  sigma(timestep: number): number {
    return Math.sqrt(1 - this.alphaCumprod(timestep));
  }

  /** log(alpha_t / sigma_t): half the logarithm of the signal-to-noise ratio. @throws RangeError as {@link alphaCumprod} */
  lambda(timestep: number): number {
    return Math.log(this.alpha(timestep) / this.sigma(timestep));
  }

  /** sigma_t / alpha_t: k-diffusion's sigma. @throws RangeError as {@link alphaCumprod} */
  relativeSigma(timestep: number): number {
    const abar = this.alphaCumprod(timestep);
    return Math.sqrt((1 - abar) / abar);
  }

  /**
   * alpha_t original + sigma_t noise. Reference: `add_noise` of diffusers' schedulers.
   * @throws RangeError as {@link alphaCumprod}
   */
  mix(original: Tensor, noise: Tensor, timestep: number): Tensor {
    return scope(() => original.mul(this.alpha(timestep)).add(noise.mul(this.sigma(timestep))));
  }

  /**
   * The noise that the model's output implies: the output itself, or alpha_t v + sigma_t z_t.
   *
   * @param output of the model at z_t
   * @param noisy z_t
   * @throws RangeError as {@link alphaCumprod}
   */
  predictNoise(output: Tensor, noisy: Tensor, timestep: number): Tensor {
    if (this.predictionType === 'epsilon') return output;
    return scope(() => output.mul(this.alpha(timestep)).add(noisy.mul(this.sigma(timestep))));
  }

  /**
   * The picture that the model's output implies: (z_t - sigma_t eps) / alpha_t, or alpha_t z_t - sigma_t v.
   *
   * @param output of the model at z_t
   * @param noisy z_t
   * @throws RangeError as {@link alphaCumprod}
   */
  predictOriginal(output: Tensor, noisy: Tensor, timestep: number): Tensor {
    const [alpha, sigma] = [this.alpha(timestep), this.sigma(timestep)];
    return scope(() =>
      this.predictionType === 'epsilon'
        ? noisy.sub(output.mul(sigma)).div(alpha)
        : noisy.mul(alpha).sub(output.mul(sigma)),
    );
  }
}

/**
 * abar: the share of the picture's variance that is left at each training step, [numTrainTimesteps] in f32.
 * x_t = sqrt(abar[t]) x_0 + sqrt(1 - abar[t]) noise.
 *
 * Rounded where torch rounds: betas in f32; the running product in double, each element rounded.
 * Reference: diffusers' schedulers, `alphas_cumprod`.
 */
export function alphasCumprod(config: NoiseConfig): Float32Array<ArrayBuffer> {
  let product = 1;
  return betas(config).map((beta) => {
    product *= fround(1 - beta);
    return product;
  });
}

/** Variance of the noise that each training step adds, f32. */
function betas({
  numTrainTimesteps,
  betaStart,
  betaEnd,
  betaSchedule,
}: NoiseConfig): Float32Array<ArrayBuffer> {
  if (betaSchedule === 'linear') return linspace(betaStart, betaEnd, numTrainTimesteps);
  return linspace(Math.sqrt(betaStart), Math.sqrt(betaEnd), numTrainTimesteps).map((root) => root * root);
}

/** torch.linspace in f32: counted from both ends. */
function linspace(start: number, end: number, count: number): Float32Array<ArrayBuffer> {
  const first = fround(start);
  const last = fround(end);
  const step = count > 1 ? fround(fround(last - first) / (count - 1)) : 0;
  return Float32Array.from({ length: count }, (_, i) =>
    i < count / 2 ? first + step * i : last - step * (count - 1 - i),
  );
}
