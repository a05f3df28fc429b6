import { keep, scope, type Tensor } from '@lusd/tensor';
import { Disposables } from '../disposables.ts';
import { finiteDeviation } from '../editors/deviation.ts';
import type { Facts, Problem, Step } from '../editors/editor.ts';
import type { Moved } from './ddim.ts';

/** What a step of a path gives; the latents and the original pass to the caller. */
export interface PathStep extends Moved, Pick<Facts, 'sourceBranch' | 'mask'> {
  /** What was drawn for it. */
  readonly noise?: Tensor;
}

/** A way of latents through a list of timesteps. */
export interface Path {
  /** Latents to begin with, [1, h, w, C]; they stay the caller's. */
  readonly start: Tensor;
  readonly timesteps: readonly number[];
  /** Iteration of the first step; default 0. */
  readonly firstIteration?: number;
  /** One step, run in a `scope`. */
  step(latents: Tensor, timestep: number, index: number): PathStep;
  /** Latents of the source that have the noise left after the step from `timestep`: what is kept outside the user's mask. */
  sourceAfter?(timestep: number): Tensor;
}

/**
 * Takes the steps of a path.
 * @throws PredictionError when latents are no longer finite; what the path's steps throw; the signal's abort reason
 */
export async function* walk(problem: Problem, path: Path): AsyncGenerator<Step, void> {
  const { signal, userMask } = problem;
  const { start, timesteps, firstIteration = 0 } = path;
  const protect = (step: PathStep, timestep: number): PathStep => {
    const source = userMask && path.sourceAfter?.(timestep);
    return source ? { ...step, latents: source.add(step.latents.sub(source).mul(userMask)) } : step;
  };
  using held = new Disposables();
  let before = held.add(keep(start.detach()));
  for (const [index, timestep] of timesteps.entries()) {
    signal?.throwIfAborted();
    const step = scope(() => protect(path.step(before, timestep, index), timestep));
    const { latents, noise = null, ...facts } = step;
    held.add(latents);
    for (const tensor of [facts.original, facts.mask]) if (tensor) held.add(tensor);
    const iteration = firstIteration + index;
    await finiteDeviation(latents, { iteration, timestep });
    const at = { iteration, attempt: 0, accepted: true, timestep, noise };
    yield { ...at, before, latents, direction: null, facts };
    held.remove(latents);
    held.dispose();
    before = held.add(latents);
  }
}
