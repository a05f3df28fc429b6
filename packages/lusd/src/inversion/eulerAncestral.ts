import type { NoiseSchedule } from '@lusd/sd-models';
import { scope, type Tensor } from '@lusd/tensor';

/** How sigma lies between those of two timesteps: linear in it, or in its logarithm. The names are diffusers'. */
export type SigmaInterpolation = 'linear' | 'log_linear';

/**
 * Euler's method with ancestral noise, on x = picture + sigma noise. Source: `sample_euler_ancestral` of k-diffusion;
 * with linear interpolation, diffusers' EulerAncestralDiscreteScheduler with `linspace` spacing.
 */
export class EulerAncestral {
  /** From the last timestep of training to 0, evenly; not whole. */
  readonly timesteps: readonly number[];
  /** sigma before each step, and 0 after the last. */
  readonly sigmas: readonly number[];

  constructor(schedule: NoiseSchedule, numSteps: number, interpolation: SigmaInterpolation) {
    const last = schedule.length - 1;
    this.timesteps = Array.from({ length: numSteps }, (_, i) =>
      Math.fround(numSteps > 1 ? (last * (numSteps - 1 - i)) / (numSteps - 1) : last),
    );
    this.sigmas = [...this.timesteps.map((timestep) => sigmaAt(schedule, timestep, interpolation)), 0];
  }

  /** What the model is given of latents before step `index`. */
  modelInput(latents: Tensor, index: number): Tensor {
    return latents.div(Math.hypot(this.sigmas[index]!, 1));
  }

  /** The picture that latents before step `index` are of, if `predicted` is the noise in them. */
  original(latents: Tensor, predicted: Tensor, index: number): Tensor {
    return scope(() => latents.sub(predicted.mul(this.sigmas[index]!)));
  }

  /** Standard deviation of the noise that step `index` adds: 0 for the last. */
  noiseScale(index: number): number {
    const [from, to] = [this.sigmas[index]!, this.sigmas[index + 1]!];
    return Math.sqrt((to ** 2 * (from ** 2 - to ** 2)) / from ** 2);
  }

  /** The latents after step `index`. @param noise standard normal; null where the step adds none */
  step(latents: Tensor, predicted: Tensor, index: number, noise: Tensor | null): Tensor {
    const added = this.noiseScale(index);
    const [from, to] = [this.sigmas[index]!, Math.sqrt(this.sigmas[index + 1]! ** 2 - added ** 2)];
    return scope(() => {
      const moved = latents.add(predicted.mul(to - from));
      return noise ? moved.add(noise.mul(added)) : moved;
    });
  }
}

function sigmaAt(schedule: NoiseSchedule, timestep: number, interpolation: SigmaInterpolation): number {
  const low = Math.floor(timestep);
  const [below, above] = [low, Math.ceil(timestep)].map((t) => schedule.relativeSigma(t)) as [number, number];
  const share = timestep - low;
  if (interpolation === 'linear') return below + share * (above - below);
  return Math.exp((1 - share) * Math.log(below) + share * Math.log(above));
}
