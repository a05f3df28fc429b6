import { scope, type Tensor } from '@lusd/tensor';
import type { SchedulerConfig } from './config.ts';
import { NoiseSchedule } from './noiseSchedule.ts';
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
  private readonly schedule: NoiseSchedule;
  private readonly stride: number;

  constructor(
    private readonly config: SchedulerConfig,
    steps: number,
    private readonly eta: number,
  ) {
    const { numTrainTimesteps, stepsOffset } = config;
    const spacing = config.timestepSpacing ?? 'leading';
    this.timesteps = spacedTimesteps(spacing, steps, numTrainTimesteps, stepsOffset);
    this.schedule = new NoiseSchedule(config);
    this.requirePicture();
    this.stride = Math.floor(numTrainTimesteps / steps);
    this.needsNoise = eta > 0;
  }

  scaleModelInput(sample: Tensor): Tensor {
    return sample;
  }

  step(output: Tensor, index: number, sample: Tensor, noise?: Tensor): Tensor {
    const timestep = this.timesteps[index]!;
    const abar = this.schedule.alphaCumprod(timestep);
    const previousAbar = this.abarBefore(timestep);
    const variance = ((1 - previousAbar) / (1 - abar)) * (1 - abar / previousAbar);
    const std = this.eta * Math.sqrt(variance);
    return scope(() => {
      const original = this.clipped(this.schedule.predictOriginal(output, sample, timestep));
      const epsilon = this.schedule.predictNoise(output, sample, timestep);
      const mean = original
        .mul(Math.sqrt(previousAbar))
        .add(epsilon.mul(Math.sqrt(1 - previousAbar - std * std)));
      return noise ? mean.add(noise.mul(std)) : mean;
    });
  }

  addNoise(original: Tensor, noise: Tensor, index: number): Tensor {
    return this.schedule.mix(original, noise, this.timesteps[index]!);
  }

  dispose(): void {}

  private clipped(original: Tensor): Tensor {
    const { clipSampleRange: range } = this.config;
    return range === null ? original : original.clamp(-range, range);
  }

  /** @throws RangeError if the first step shows the model pure noise, and the noise is what it predicts */
  private requirePicture(): void {
    const [first] = this.timesteps;
    if (
      first === undefined ||
      this.config.predictionType !== 'epsilon' ||
      this.schedule.alphaCumprod(first) !== 0
    )
      return;
    throw new RangeError(
      `At training step ${first} the latents are pure noise (rescale_betas_zero_snr), from which a model that predicts noise cannot recover a picture; use another sampler or timestep spacing.`,
    );
  }

  /** abar at the timestep that a step from `timestep` leads to. */
  private abarBefore(timestep: number): number {
    const previous = timestep - this.stride;
    if (previous >= 0) return this.schedule.alphaCumprod(previous);
    return this.config.setAlphaToOne ? 1 : this.schedule.alphaCumprod(0);
  }
}
