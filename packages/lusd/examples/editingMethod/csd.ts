import type { NoiseSchedule } from '@lusd/sd-models';
import { scope } from '@lusd/tensor';
import { type Distillation, deviationOf, distil, type Editor, updateFactor } from '../../src/index.ts';

export interface CsdOptions {
  readonly numSteps: number;
  readonly lr: number;
  /** Timesteps are drawn from [low, high). */
  readonly timesteps: { readonly low: number; readonly high: number };
  /** w(t); default 1 - abar_t. */
  readonly weight?: (schedule: NoiseSchedule, timestep: number) => number;
}

/**
 * Classifier Score Distillation (Yu et al., arXiv 2310.19415) with the source prompt as its negative one: descends along
 * w(t) (e(z_t, target) - e(z_t, source)).
 */
export function csd({ numSteps, lr, timesteps, weight = noiseVariance }: CsdOptions): Editor {
  const method: Distillation = {
    draw: (draws) => draws.next(timesteps),
    direction: async (state) => {
      const { denoiser, schedule, latents, draw } = state;
      const direction = scope(() => {
        const noisy = schedule.mix(latents, draw.noise, draw.timestep);
        const { noises } = denoiser.predict(draw.timestep, [
          { noisy, prompt: 'source' },
          { noisy, prompt: 'target' },
        ]);
        return noises[1].sub(noises[0]).mul(weight(schedule, draw.timestep));
      });
      return { direction, facts: { std: await deviationOf(direction, state) } };
    },
    update: (latents, direction) => {
      const [, height = 1, width = 1] = latents.shape;
      return latents.sub(direction.mul(lr * updateFactor(height, width)));
    },
    dispose: () => {},
  };
  return { name: 'csd', numSteps, run: (problem) => distil(problem, method, numSteps) };
}

function noiseVariance(schedule: NoiseSchedule, timestep: number): number {
  return 1 - schedule.alphaCumprod(timestep);
}
