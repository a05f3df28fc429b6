import { scope, type Tensor } from '@lusd/tensor';
import type { ModelledNoise, NoiseConfig, PredictionType } from './noiseConfig.ts';

const { fround } = Math;

/**
 * A timestep whose numbers are on the device, f32 [1] each: a captured step reads them anew at every replay, whereas it
 * would repeat numbers of the host.
 */
export interface Moment {
  readonly timestep: Tensor;
  /** alpha_t: amplitude of the picture. */
  readonly alpha: Tensor;
  /** sigma_t: amplitude of the noise. */
  readonly sigma: Tensor;
}

/**
 * How much of the picture and of the noise there is at each training step: z_t = alpha_t z + sigma_t eps, where
 * alpha_t^2 + sigma_t^2 = 1. Timesteps are integers from 0 to `length` - 1.
 */
export class NoiseSchedule {
  readonly predictionType: PredictionType;
  private readonly betas: Float32Array;
  private readonly abar: Float32Array;

  constructor(config: ModelledNoise) {
    this.predictionType = config.predictionType;
    this.betas = trainedBetas(config);
    this.abar = runningProduct(this.betas);
  }

  /** Number of training steps. */
  get length(): number {
    return this.abar.length;
  }

  /** beta_t: variance of the noise that step t adds, f32. @throws RangeError as {@link alphaCumprod} */
  beta(timestep: number): number {
    return this.at(this.betas, timestep);
  }

  /** abar_t = alpha_t^2. @throws RangeError for a timestep that the model was not trained at */
  alphaCumprod(timestep: number): number {
    return this.at(this.abar, timestep);
  }

  /** sqrt(abar_t): amplitude of the picture. @throws RangeError as {@link alphaCumprod} */
  alpha(timestep: number): number {
    return Math.sqrt(this.alphaCumprod(timestep));
  }

  /** sqrt(1 - abar_t): amplitude of the noise. @throws RangeError as {@link alphaCumprod} */
  sigma(timestep: number): number {
    return Math.sqrt(1 - this.alphaCumprod(timestep));
  }

  /**
   * log(alpha_t / sigma_t): half the logarithm of the signal-to-noise ratio. @throws RangeError as {@link alphaCumprod}
   */
  lambda(timestep: number): number {
    return Math.log(this.alpha(timestep) / this.sigma(timestep));
  }

  /** sigma_t / alpha_t: k-diffusion's sigma. @throws RangeError as {@link alphaCumprod} */
  relativeSigma(timestep: number): number {
    return sigmaOf(this.alphaCumprod(timestep));
  }

  /**
   * alpha_t original + sigma_t noise. Reference: `add_noise` of diffusers' schedulers.
   * @throws RangeError as {@link alphaCumprod}
   */
  mix(original: Tensor, noise: Tensor, timestep: number | Moment): Tensor {
    const { alpha, sigma } = this.amplitudes(timestep);
    return scope(() => original.mul(alpha).add(noise.mul(sigma)));
  }

  /**
   * The noise that the model's output implies: the output itself, or alpha_t v + sigma_t z_t.
   *
   * @param output of the model at z_t
   * @param noisy z_t
   * @throws RangeError as {@link alphaCumprod}
   */
  predictNoise(output: Tensor, noisy: Tensor, timestep: number | Moment): Tensor {
    if (this.predictionType === 'epsilon') return output;
    const { alpha, sigma } = this.amplitudes(timestep);
    return scope(() => output.mul(alpha).add(noisy.mul(sigma)));
  }

  /**
   * The picture that the model's output implies: (z_t - sigma_t eps) / alpha_t, or alpha_t z_t - sigma_t v.
   *
   * @param output of the model at z_t
   * @param noisy z_t
   * @throws RangeError as {@link alphaCumprod}
   */
  predictOriginal(output: Tensor, noisy: Tensor, timestep: number | Moment): Tensor {
    const { alpha, sigma } = this.amplitudes(timestep);
    return scope(() =>
      this.predictionType === 'epsilon'
        ? noisy.sub(output.mul(sigma)).div(alpha)
        : noisy.mul(alpha).sub(output.mul(sigma)),
    );
  }

  private amplitudes(timestep: number | Moment): Readonly<Record<'alpha' | 'sigma', Tensor | number>> {
    if (typeof timestep !== 'number') return timestep;
    return { alpha: this.alpha(timestep), sigma: this.sigma(timestep) };
  }

  private at(values: Float32Array, timestep: number): number {
    const value = values[timestep];
    if (value !== undefined) return value;
    throw new RangeError(
      `Timestep ${timestep} is not one of the ${this.length} that the model was trained at; use an integer from 0 to ${this.length - 1}.`,
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
  return runningProduct(trainedBetas(config));
}

/** sqrt((1 - abar) / abar): the noise's standard deviation relative to the picture's (k-diffusion's sigma). */
export function sigmaOf(alphaCumprod: number): number {
  return Math.sqrt((1 - alphaCumprod) / alphaCumprod);
}

/** The betas as the model was trained with them, rescaled where its configuration says so. */
function trainedBetas(config: NoiseConfig): Float32Array<ArrayBuffer> {
  const own = betas(config);
  return config.rescaleBetasZeroSnr ? zeroTerminalSnrBetas(runningProduct(own)) : own;
}

function runningProduct(betas: Float32Array): Float32Array<ArrayBuffer> {
  let product = 1;
  return Float32Array.from(betas, (beta) => {
    product *= fround(1 - beta);
    return product;
  });
}

/** Variance of the noise that each training step adds, f32. */
function betas(config: NoiseConfig): Float32Array<ArrayBuffer> {
  const { numTrainTimesteps: count, betaStart, betaEnd, betaSchedule, trainedBetas } = config;
  if (trainedBetas) return Float32Array.from(trainedBetas);
  switch (betaSchedule) {
    case 'linear':
      return linspace(betaStart, betaEnd, count);
    case 'scaled_linear':
      return linspace(Math.sqrt(betaStart), Math.sqrt(betaEnd), count).map((root) => root * root);
    case 'sigmoid':
      return linspace(-6, 6, count).map(
        (x) => fround(fround(1 / (1 + Math.exp(-x))) * fround(betaEnd - betaStart)) + betaStart,
      );
    case 'squaredcos_cap_v2':
      return betasOf((t) => Math.cos((((t + 0.008) / 1.008) * Math.PI) / 2) ** 2, count);
    case 'exp':
      return betasOf((t) => Math.exp(t * -12), count);
    case 'laplace':
      return betasOf(laplaceAlphaBar, count);
  }
}

const LARGEST_BETA = 0.999;

/** The betas of a function abar(t), t from 0 to 1. Reference: diffusers' `betas_for_alpha_bar`. */
function betasOf(alphaBar: (t: number) => number, count: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: count }, (_, i) =>
    Math.min(1 - alphaBar((i + 1) / count) / alphaBar(i / count), LARGEST_BETA),
  );
}

function laplaceAlphaBar(t: number): number {
  const lambda = -0.5 * (t <= 0.5 ? 1 : -1) * Math.log(1 - 2 * Math.abs(0.5 - t) + 1e-6);
  const snr = Math.exp(lambda);
  return Math.sqrt(snr / (1 + snr));
}

/** Algorithm 1 of arXiv 2305.08891. Reference: diffusers' `rescale_zero_terminal_snr`. */
function zeroTerminalSnrBetas(abar: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  const roots = abar.map(Math.sqrt);
  const [first, last] = [roots[0]!, roots.at(-1)!];
  const scale = fround(first / fround(first - last));
  const rescaled = roots.map((root) => fround(fround(root - last) * scale)).map((root) => root * root);
  return rescaled.map((value, i) => 1 - fround(i === 0 ? value : value / rescaled[i - 1]!));
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
