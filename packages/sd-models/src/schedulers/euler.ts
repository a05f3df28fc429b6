import { scope, type Tensor } from '@lusd/tensor';
import type { SchedulerConfig } from './config.ts';
import { NoiseSchedule } from './noiseSchedule.ts';
import type { Sampler } from './sampler.ts';
import { linspaceTimesteps, spacedTimesteps } from './timesteps.ts';

/**
 * Euler's method on dx / dsigma = (x - x0) / sigma, algorithm 2 of arXiv 2206.00364 without churn. Samples are
 * x_0 + sigma noise. Reference: diffusers' EulerDiscreteScheduler.
 */
export class EulerSampler implements Sampler {
  readonly timesteps: readonly number[];
  readonly initNoiseSigma: number;
  readonly needsNoise = false;
  /** sigma before each step, and 0 after the last. */
  private readonly sigmas: readonly number[];

  constructor(
    private readonly config: SchedulerConfig,
    steps: number,
  ) {
    const { numTrainTimesteps, stepsOffset } = config;
    const spacing = config.timestepSpacing ?? 'linspace';
    this.timesteps =
      spacing === 'linspace'
        ? linspaceTimesteps(steps, numTrainTimesteps).map(Math.fround)
        : spacedTimesteps(spacing, steps, numTrainTimesteps, stepsOffset);
    const schedule = new NoiseSchedule(config);
    const trainSigmas = Array.from({ length: schedule.length }, (_, t) => schedule.relativeSigma(t));
    this.sigmas = [...this.timesteps.map((t) => interpolate(trainSigmas, t)), 0];
    const largest = Math.max(...this.sigmas);
    this.initNoiseSigma = spacing === 'leading' ? Math.hypot(largest, 1) : largest;
  }

  scaleModelInput(sample: Tensor, index: number): Tensor {
    return sample.div(Math.hypot(this.sigmas[index]!, 1));
  }

  step(output: Tensor, index: number, sample: Tensor): Tensor {
    const sigma = this.sigmas[index]!;
    const change = this.sigmas[index + 1]! - sigma;
    return scope(() => sample.add(this.slope(output, sample, sigma).mul(change)));
  }

  addNoise(original: Tensor, noise: Tensor, index: number): Tensor {
    return scope(() => original.add(noise.mul(this.sigmas[index]!)));
  }

  dispose(): void {}

  /** dx / dsigma. */
  private slope(output: Tensor, sample: Tensor, sigma: number): Tensor {
    if (this.config.predictionType === 'epsilon') return output;
    const scale = sigma * sigma + 1;
    return sample.mul(sigma / scale).add(output.div(Math.sqrt(scale)));
  }
}

/** The value at a fractional index, linear between neighbours; constant outside. */
function interpolate(values: readonly number[], at: number): number {
  const index = Math.min(Math.max(at, 0), values.length - 1);
  const low = Math.floor(index);
  const high = Math.min(low + 1, values.length - 1);
  return values[low]! + (index - low) * (values[high]! - values[low]!);
}
