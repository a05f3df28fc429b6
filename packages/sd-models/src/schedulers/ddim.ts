import { scope, type Tensor } from '@lusd/tensor';
import type { SchedulerConfig } from './config.ts';
import { alphasCumprod } from './noiseSchedule.ts';
import type { Sampler } from './sampler.ts';
import { spacedTimesteps } from './timesteps.ts';

/**
 * DDIM, equations 12 and 16 of arXiv 2010.02502: x' = sqrt(abar') x0 + sqrt(1 - abar' - s^2) e + s noise.
 * Reference: diffusers' DDIMScheduler.
 */
export class DdimSampler implements Sampler {
  readonly timesteps: readonly number[];
  readonly initNoiseSigma = 1;
  readonly needsNoise: boolean;
  private readonly alphas: Float32Array;
  private readonly stride: number;

  constructor(
    private readonly config: SchedulerConfig,
    steps: number,
    private readonly eta: number,
  ) {
    const { numTrainTimesteps, stepsOffset } = config;
    const spacing = config.timestepSpacing ?? 'leading';
    this.timesteps = spacedTimesteps(spacing, steps, numTrainTimesteps, stepsOffset);
    this.alphas = alphasCumprod(config);
    this.requirePicture();
    this.stride = Math.floor(numTrainTimesteps / steps);
    this.needsNoise = eta > 0;
  }

  scaleModelInput(sample: Tensor): Tensor {
    return sample;
  }

  step(output: Tensor, index: number, sample: Tensor, noise?: Tensor): Tensor {
    const alpha = this.alphaAt(this.timesteps[index]!);
    const previousAlpha = this.alphaAt(this.timesteps[index]! - this.stride);
    const variance = ((1 - previousAlpha) / (1 - alpha)) * (1 - alpha / previousAlpha);
    const std = this.eta * Math.sqrt(variance);
    return scope(() => {
      const { original, epsilon } = this.predict(output, sample, alpha);
      const mean = original
        .mul(Math.sqrt(previousAlpha))
        .add(epsilon.mul(Math.sqrt(1 - previousAlpha - std * std)));
      return noise ? mean.add(noise.mul(std)) : mean;
    });
  }

  addNoise(original: Tensor, noise: Tensor, index: number): Tensor {
    const alpha = this.alphaAt(this.timesteps[index]!);
    return scope(() => original.mul(Math.sqrt(alpha)).add(noise.mul(Math.sqrt(1 - alpha))));
  }

  dispose(): void {}

  /** x0 and the noise, as the output and the sample imply them. */
  private predict(output: Tensor, sample: Tensor, alpha: number): { original: Tensor; epsilon: Tensor } {
    const { predictionType, clipSampleRange: range } = this.config;
    const [signal, noise] = [Math.sqrt(alpha), Math.sqrt(1 - alpha)];
    const isVelocity = predictionType === 'v_prediction';
    const original = isVelocity
      ? sample.mul(signal).sub(output.mul(noise))
      : sample.sub(output.mul(noise)).div(signal);
    const epsilon = isVelocity ? output.mul(signal).add(sample.mul(noise)) : output;
    return { original: range === null ? original : original.clamp(-range, range), epsilon };
  }

  /** @throws RangeError where the first step shows the model pure noise, and the noise is what it predicts */
  private requirePicture(): void {
    const [first] = this.timesteps;
    if (this.config.predictionType !== 'epsilon' || this.alphas[first!] !== 0) return;
    throw new RangeError(
      `At training step ${first} nothing is left of the picture (rescale_betas_zero_snr), which a prediction of the noise does not give back; use another sampler or timestep spacing.`,
    );
  }

  private alphaAt(timestep: number): number {
    if (timestep >= 0) return this.alphas[timestep]!;
    return this.config.setAlphaToOne ? 1 : this.alphas[0]!;
  }
}
