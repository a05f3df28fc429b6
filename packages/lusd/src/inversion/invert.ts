import { keep, type Tensor } from '@lusd/tensor';
import type { QueryPrompt } from '../denoiser.ts';
import type { Problem, Step } from '../editors/editor.ts';
import type { Ddim } from './ddim.ts';
import { walk } from './walk.ts';

/** Latents of one picture at levels of noise; see {@link Ddim}. Dispose it, or declare it with `using`. */
export class LatentLevels {
  private readonly levels = new Map<number, Tensor>();

  /** @param picture latents of level 0, which can also be set later */
  constructor(picture?: Tensor) {
    if (picture) this.set(0, picture);
  }

  /** Takes in the latents at a level, which stay the caller's. */
  set(level: number, latents: Tensor): void {
    this.levels.get(level)?.dispose();
    this.levels.set(level, keep(latents.detach()));
  }

  /** The latents at a level that was set. */
  at(level: number): Tensor {
    const latents = this.levels.get(level);
    if (latents) return latents;
    throw new RangeError(`LatentLevels: there are no latents of level ${level}`);
  }

  dispose(): void {
    for (const latents of this.levels.values()) latents.dispose();
    this.levels.clear();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/**
 * DDIM inversion (arXiv 2010.02502, section 4.3): from the source's latents up to noise, without guidance. The noise of
 * a step is predicted at the timestep that it leads to.
 *
 * @param prompt what the picture is said to show
 * @param into receives the latents at every timestep
 */
export async function* invert(
  problem: Problem,
  ddim: Ddim,
  prompt: QueryPrompt,
  into: LatentLevels,
): AsyncGenerator<Step, void> {
  const steps = walk(problem, {
    start: problem.source,
    timesteps: [...ddim.timesteps].reverse(),
    step(noisy, timestep) {
      const { noises } = problem.denoiser.predict(timestep, [{ noisy, prompt }]);
      return ddim.up(noisy, noises[0], timestep);
    },
  });
  for await (const step of steps) {
    into.set(step.timestep, step.latents);
    yield step;
  }
  problem.denoiser.release?.();
}
