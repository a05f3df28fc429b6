import type { NoiseSchedule } from '@lusd/sd-models';
import { scope, type Tensor } from '@lusd/tensor';
import { OptionError } from '../errors.ts';

/** What a step of a sampler gives, f32 [1, h, w, C] each. */
export interface Moved {
  readonly latents: Tensor;
  /** The picture that the step predicts. */
  readonly original: Tensor;
}

/**
 * DDIM without noise (arXiv 2010.02502, equation 12), between levels of noise. A level is a timestep; level 0 is the
 * picture, which is taken to have the noise of timestep 0, as Stable Diffusion's `set_alpha_to_one: false` has it.
 *
 * Source: diffusers' DDIMScheduler with `leading` spacing and an offset of 1.
 */
export class Ddim {
  /** The timesteps, descending. */
  readonly timesteps: readonly number[];
  private readonly stride: number;

  /**
   * @param option the name of the option that `numSteps` comes from
   * @throws OptionError for more steps than the model was trained at, less one
   */
  constructor(
    private readonly schedule: NoiseSchedule,
    numSteps: number,
    option = 'numSteps',
  ) {
    const most = schedule.length - 1;
    if (numSteps > most) throw new OptionError(option, `must be at most ${most}, but is ${numSteps}`);
    this.stride = Math.floor(schedule.length / numSteps);
    this.timesteps = Array.from({ length: numSteps }, (_, i) => (numSteps - 1 - i) * this.stride + 1);
  }

  /** The level that a step down from `timestep` leads to. */
  levelBelow(timestep: number): number {
    return Math.max(timestep - this.stride, 0);
  }

  /** The step down from `timestep`, along the noise predicted there. */
  down(latents: Tensor, noise: Tensor, timestep: number): Moved {
    return this.move(latents, noise, timestep, this.levelBelow(timestep));
  }

  /** The step up to `timestep`, along the noise predicted for it: the way down in reverse. */
  up(latents: Tensor, noise: Tensor, timestep: number): Moved {
    return this.move(latents, noise, this.levelBelow(timestep), timestep);
  }

  private move(latents: Tensor, noise: Tensor, from: number, to: number): Moved {
    return scope(() => {
      const original = this.original(latents, noise, from);
      return { original, latents: this.schedule.mix(original, noise, to) };
    });
  }

  /** The picture that latents at `level` are of, if `noise` is in them. */
  original(latents: Tensor, noise: Tensor, level: number): Tensor {
    const { schedule } = this;
    return scope(() => latents.sub(noise.mul(schedule.sigma(level))).div(schedule.alpha(level)));
  }
}
