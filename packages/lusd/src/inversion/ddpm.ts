import type { NoiseSchedule } from '@lusd/sd-models';
import { scope, type Tensor } from '@lusd/tensor';
import type { Problem, Step } from '../editors/editor.ts';
import type { Ddim } from './ddim.ts';
import type { LatentLevels } from './invert.ts';
import { walk } from './walk.ts';

/** Where DDPM's step down leads before its noise is added, and that noise's standard deviation. */
export interface Posterior {
  /** [1, h, w, C]. */
  readonly mean: Tensor;
  readonly std: number;
  /** The picture that the step predicts. */
  readonly original: Tensor;
}

/** The step down from `timestep` as DDPM makes it: equation 12 of arXiv 2010.02502 with eta 1. */
export function posterior(
  schedule: NoiseSchedule,
  ddim: Ddim,
  latents: Tensor,
  noise: Tensor,
  timestep: number,
): Posterior {
  const [abar, abarBelow] = [timestep, ddim.levelBelow(timestep)].map((t) => schedule.alphaCumprod(t)) as [
    number,
    number,
  ];
  const variance = ((1 - abarBelow) * (1 - abar / abarBelow)) / (1 - abar);
  return scope(() => {
    const original = ddim.original(latents, noise, timestep);
    const mean = original.mul(Math.sqrt(abarBelow)).add(noise.mul(Math.sqrt(1 - abarBelow - variance)));
    return { mean, std: Math.sqrt(variance), original };
  });
}

/** An edit-friendly inversion: latents at each level, and the noise of the steps that lead to them. */
export interface DdpmInversion {
  readonly levels: LatentLevels;
  /** By the level that a step leads to; the last step has none. */
  readonly noises: LatentLevels;
}

/**
 * Edit-friendly inversion (arXiv 2304.06140, algorithm 1): latents of the source with independent noise at each timestep,
 * drawn from the smallest up, then from the top down the noise with which DDPM's step, guided by the source prompt, leads
 * from each to the next.
 *
 * @param into receives them
 */
export async function* invertDdpm(
  { denoiser, ...problem }: Problem,
  ddim: Ddim,
  guidance: number,
  { levels, noises }: DdpmInversion,
): AsyncGenerator<Step, void> {
  const { schedule } = problem;
  drawLevels(problem, ddim, levels);
  const timesteps = ddim.timesteps.slice(0, -1);
  yield* walk(
    { denoiser, ...problem },
    {
      start: levels.at(ddim.timesteps[0]!),
      timesteps,
      step(noisy, timestep) {
        const { noises: predicted } = denoiser.predict(timestep, [{ noisy, prompt: 'source', guidance }]);
        const { mean, std, original } = posterior(schedule, ddim, noisy, predicted[0], timestep);
        const below = ddim.levelBelow(timestep);
        const noise = levels.at(below).sub(mean).div(std);
        const latents = mean.add(noise.mul(std));
        noises.set(below, noise);
        levels.set(below, latents);
        return { latents, original };
      },
    },
  );
  denoiser.release?.();
}

function drawLevels(
  { source, schedule, draws }: Pick<Problem, 'source' | 'schedule' | 'draws'>,
  ddim: Ddim,
  levels: LatentLevels,
): void {
  for (const timestep of [...ddim.timesteps].reverse()) {
    using noise = draws.randn();
    using noisy = schedule.mix(source, noise, timestep);
    levels.set(timestep, noisy);
  }
}
