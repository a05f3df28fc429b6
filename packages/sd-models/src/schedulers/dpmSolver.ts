import { keep, scope, type Tensor } from '@lusd/tensor';
import type { SchedulerConfig } from './config.ts';
import { noiseLevels, trainingSigmas, wholeTimestep } from './noiseLevels.ts';
import type { Sampler } from './sampler.ts';
import { spacedTimesteps } from './timesteps.ts';

/**
 * DPM-Solver++(2M), algorithm 2 of arXiv 2211.01095: the predictions of x0 of two steps, extrapolated in
 * lambda = log(alpha / sigma). Reference: diffusers' DPMSolverMultistepScheduler of order 2, by midpoints.
 */
export class DpmSolverSampler implements Sampler {
  readonly timesteps: readonly number[];
  readonly initNoiseSigma = 1;
  readonly needsNoise = false;
  /** sigma before each step, and after the last. */
  private readonly sigmas: readonly number[];
  /** Prediction of x0 at the step before; null at the first step. */
  private previous: Tensor | null = null;

  constructor(
    private readonly config: SchedulerConfig,
    steps: number,
  ) {
    const levels = noiseLevels(config, dpmTimesteps(config, steps), trainingSigmas(config), 'trained');
    this.timesteps = levels.timesteps.map((timestep) => wholeTimestep(timestep, config));
    this.sigmas = levels.sigmas;
  }

  scaleModelInput(sample: Tensor): Tensor {
    return sample;
  }

  step(output: Tensor, index: number, sample: Tensor): Tensor {
    const original = scope(() => this.predictOriginal(output, index, sample));
    // At sigma = 0 the sample is the prediction.
    if (this.sigmas[index + 1] === 0) return original;
    const next = scope(() => this.advance(index, sample, original));
    this.dispose();
    this.previous = keep(original);
    return next;
  }

  addNoise(original: Tensor, noise: Tensor, index: number): Tensor {
    const { alpha, sigma } = this.levelBefore(index);
    return scope(() => original.mul(alpha).add(noise.mul(sigma)));
  }

  dispose(): void {
    this.previous?.dispose();
    this.previous = null;
  }

  private predictOriginal(output: Tensor, index: number, sample: Tensor): Tensor {
    const { alpha, sigma } = this.levelBefore(index);
    return this.config.predictionType === 'epsilon'
      ? sample.sub(output.mul(sigma)).div(alpha)
      : sample.mul(alpha).sub(output.mul(sigma));
  }

  private advance(index: number, sample: Tensor, original: Tensor): Tensor {
    const [from, to] = [this.levelBefore(index), this.levelBefore(index + 1)];
    const h = to.lambda - from.lambda;
    const weight = -to.alpha * Math.expm1(-h);
    const decayed = sample.mul(to.sigma / from.sigma);
    if (!this.previous || this.isFirstOrder(index)) return decayed.add(original.mul(weight));
    const r = (from.lambda - this.levelBefore(index - 1).lambda) / h;
    const correction = original.sub(this.previous).div(2 * r);
    return decayed.add(original.add(correction).mul(weight));
  }

  private isFirstOrder(index: number): boolean {
    const { length } = this.timesteps;
    const { eulerAtFinal, lowerOrderFinal } = this.config;
    return index === length - 1 && (eulerAtFinal || (lowerOrderFinal && length < FEW_STEPS));
  }

  /** Amplitudes of picture and noise before a step. */
  private levelBefore(index: number): { alpha: number; sigma: number; lambda: number } {
    const relative = this.sigmas[index]!;
    const alpha = 1 / Math.hypot(relative, 1);
    return { alpha, sigma: relative * alpha, lambda: -Math.log(relative) };
  }
}

/** Below this many steps diffusers ends with one of first order. */
const FEW_STEPS = 15;

/** As of a sampler of one step more, without its last; 'trailing' never includes step 0 and is as it is. */
function dpmTimesteps(config: SchedulerConfig, steps: number): number[] {
  const { numTrainTimesteps, stepsOffset } = config;
  const spacing = config.timestepSpacing ?? 'linspace';
  if (spacing === 'trailing') return spacedTimesteps('trailing', steps, numTrainTimesteps, stepsOffset);
  if (steps === numTrainTimesteps) {
    throw new RangeError(
      `DPM++ 2M cannot take all ${steps} training steps, since '${spacing}' spacing then repeats one; take fewer steps.`,
    );
  }
  return spacedTimesteps(spacing, steps + 1, numTrainTimesteps, stepsOffset).slice(0, -1);
}
