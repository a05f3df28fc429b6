import { keep, type Tensor } from '@lusd/tensor';
import * as v from 'valibot';
import type { Prompt, Query, QueryPrompt, Tap } from '../denoiser.ts';
import type { Problem, Step } from '../editors/editor.ts';
import type { Control } from './control.ts';
import type { Ddim } from './ddim.ts';
import type { LatentLevels } from './invert.ts';
import { walk } from './walk.ts';

/** The inversions that editors of two branches can follow. */
export const INVERSIONS = ['ddim', 'negative-prompt', 'direct'] as const;

/**
 * Where the source's branch comes from: sampled with guidance, which drifts away from the picture (`ddim`); sampled with
 * the source prompt as the one that guidance leads away from (`negative-prompt`, arXiv 2305.16807); the inversion's own
 * latents (`direct`, arXiv 2310.01506).
 */
export type InversionName = (typeof INVERSIONS)[number];

/** How an option that names an inversion is checked. */
export const inversionName = v.picklist(INVERSIONS, `must be one of ${INVERSIONS.join(', ')}`);

/** Down what the branch of the source goes, and what it is told. */
interface SourceSettings {
  readonly ddim: Ddim;
  /** The inversion of the source, down which both go. */
  readonly levels: LatentLevels;
  readonly inversion: InversionName;
  readonly sourcePrompt: Prompt;
  readonly guidanceScale: number;
}

/** How two branches are sampled. */
export interface Branches<T> extends SourceSettings {
  /** What guidance leads the target away from; default the null prompt, or what the inversion says. */
  readonly negative?: QueryPrompt;
  readonly control: Control<T>;
}

/** Samples a branch of the source and one of the target, coupled by a control; the latents of steps are the target's. */
export async function* sampleBranches<T>(
  problem: Problem,
  branches: Branches<T>,
  firstIteration = 0,
): AsyncGenerator<Step, void> {
  const { ddim, levels, inversion, guidanceScale, control } = branches;
  const isNegative = inversion === 'negative-prompt';
  const { negative = isNegative ? branches.sourcePrompt : 'null' } = branches;
  using source = sourceBranch(branches);
  let tap: Tap<T> | null = null;
  yield* walk(problem, {
    start: levels.at(ddim.timesteps[0]!),
    timesteps: ddim.timesteps,
    firstIteration,
    step(noisy, timestep, index) {
      const previous = tap;
      tap = control.tap(index);
      if (tap !== previous) problem.denoiser.release?.();
      const guided = { noisy, prompt: 'target', guidance: guidanceScale, negative } as const;
      const { noises, tapped } = problem.denoiser.predict(timestep, [source.query(timestep), guided], tap);
      const after = source.step(noises[0], timestep);
      const { latents, original } = ddim.down(noisy, noises[1], timestep);
      const blended = control.after?.({ index, source: after, target: latents, tapped });
      return { latents, original, sourceBranch: after, ...blended };
    },
    sourceAfter: (timestep) => levels.at(ddim.levelBelow(timestep)),
  });
}

/** The branch of the source. */
interface SourceBranch extends Disposable {
  query(timestep: number): Query;
  /** Its latents after the step from `timestep`, valid until the next. */
  step(noise: Tensor, timestep: number): Tensor;
}

function sourceBranch(settings: SourceSettings): SourceBranch {
  return settings.inversion === 'direct' ? new GivenBranch(settings) : new SampledBranch(settings);
}

/**
 * Direct inversion: after each step the source's branch is put back on the inversion's latents. What it predicts makes
 * no difference to it, so it needs no guidance.
 */
class GivenBranch implements SourceBranch {
  constructor(private readonly settings: SourceSettings) {}

  query(timestep: number): Query {
    return { noisy: this.settings.levels.at(timestep), prompt: this.settings.sourcePrompt };
  }

  step(_noise: Tensor, timestep: number): Tensor {
    return this.settings.levels.at(this.settings.ddim.levelBelow(timestep));
  }

  [Symbol.dispose](): void {}
}

/** A branch that is sampled as the target's; guidance that leads away from its own prompt has no effect. */
class SampledBranch implements SourceBranch {
  private latents: Tensor;
  private readonly question: Omit<Query, 'noisy'>;

  constructor(private readonly settings: SourceSettings) {
    const { ddim, levels, inversion, sourcePrompt: prompt, guidanceScale: guidance } = settings;
    this.latents = keep(levels.at(ddim.timesteps[0]!).detach());
    const isGuided = inversion === 'ddim' && prompt !== 'null';
    this.question = isGuided ? { prompt, guidance } : { prompt };
  }

  query(): Query {
    return { noisy: this.latents, ...this.question };
  }

  step(noise: Tensor, timestep: number): Tensor {
    const { latents } = this.settings.ddim.down(this.latents, noise, timestep);
    this.latents.dispose();
    this.latents = keep(latents);
    return latents;
  }

  [Symbol.dispose](): void {
    this.latents.dispose();
  }
}
