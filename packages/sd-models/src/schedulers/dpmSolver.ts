import { keep, scope, type Tensor } from '@lusd/tensor';
import type { SchedulerConfig } from './config.ts';
import { NoiseSchedule } from './noiseSchedule.ts';
import type { Sampler } from './sampler.ts';
import { spacedTimesteps } from './timesteps.ts';

/**
 * DPM-Solver++(2M), algorithm 2 of arXiv 2211.01095: the predictions of x0 of two steps, extrapolated in
 * lambda = log(alpha / sigma). Reference: diffusers' DPMSolverMultistepScheduler.
 */
export class DpmSolverSampler implements Sampler {
  readonly timesteps: readonly number[];
  readonly initNoiseSigma = 1;
  readonly needsNoise = false;
  private readonly schedule: NoiseSchedule;
  /** Prediction of x0 at the step before; null at the first step. */
  private previous: Tensor | null = null;

  constructor(config: SchedulerConfig, steps: number) {
    this.timesteps = dpmTimesteps(config, steps);
    this.schedule = new NoiseSchedule(config);
  }

  scaleModelInput(sample: Tensor): Tensor {
    return sample;
  }

  step(output: Tensor, index: number, sample: Tensor): Tensor {
    const original = this.schedule.predictOriginal(output, sample, this.timesteps[index]!);
    // The last step ends at sigma = 0, where the prediction is all that is left.
    if (index === this.timesteps.length - 1) return original;
    const next = scope(() => this.advance(index, sample, original));
    this.dispose();
    this.previous = keep(original);
    return next;
  }

  addNoise(original: Tensor, noise: Tensor, index: number): Tensor {
    return this.schedule.mix(original, noise, this.timesteps[index]!);
  }

  dispose(): void {
    this.previous?.dispose();
    this.previous = null;
  }

  private advance(index: number, sample: Tensor, original: Tensor): Tensor {
    const { schedule } = this;
    const [from, to] = [this.timesteps[index]!, this.timesteps[index + 1]!];
    const h = schedule.lambda(to) - schedule.lambda(from);
    const weight = -schedule.alpha(to) * Math.expm1(-h);
    const decayed = sample.mul(schedule.sigma(to) / schedule.sigma(from));
    if (!this.previous) return decayed.add(original.mul(weight));
    const r = (schedule.lambda(from) - schedule.lambda(this.timesteps[index - 1]!)) / h;
    const correction = original.sub(this.previous).div(2 * r);
    return decayed.add(original.add(correction).mul(weight));
  }
}

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
