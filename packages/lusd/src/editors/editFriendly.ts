import * as v from 'valibot';
import { OptionError } from '../errors.ts';
import { Ddim } from '../inversion/ddim.ts';
import { invertDdpm, posterior } from '../inversion/ddpm.ts';
import { LatentLevels } from '../inversion/invert.ts';
import { walk } from '../inversion/walk.ts';
import { count, finite, parseOptions, positiveInteger } from '../options.ts';
import type { Editor, Problem, Step } from './editor.ts';

/** The settings of edit-friendly DDPM inversion. */
export interface EditFriendlyOptions {
  /** Steps of a whole sampling; default 100. */
  readonly numSteps: number;
  /** Steps at the top that sampling leaves out, so that the picture stays as it is on the whole; default 36. */
  readonly skip: number;
  /** Weight of classifier-free guidance with the source prompt, in the inversion; default 3.5. */
  readonly sourceGuidanceScale: number;
  /** Weight of classifier-free guidance with the target prompt; default 15. */
  readonly guidanceScale: number;
}

/** Edit-friendly DDPM inversion with its options. */
export interface EditFriendlyEditor extends Editor {
  readonly options: EditFriendlyOptions;
}

/** How each of {@link EditFriendlyOptions} is checked, and its default. */
export const editFriendlyEntries = {
  numSteps: v.optional(positiveInteger, 100),
  skip: v.optional(count, 36),
  sourceGuidanceScale: v.optional(finite, 3.5),
  guidanceScale: v.optional(finite, 15),
};

/**
 * Edit-friendly DDPM inversion (Huberman-Spiegelglas, Kulikov, Michaeli, CVPR 2024, arXiv 2304.06140): the noise with
 * which DDPM's steps make the picture from the source prompt is found, and the same noise is used with the target
 * prompt.
 *
 * @throws OptionError naming the first option that is unknown or out of range
 */
export function editFriendly(options: Partial<EditFriendlyOptions> = {}): EditFriendlyEditor {
  const parsed = parseOptions('edit-friendly', editFriendlyEntries, options);
  const { numSteps, skip } = parsed;
  if (skip >= numSteps)
    throw new OptionError('skip', `must be less than the ${numSteps} steps, but is ${skip}`);
  return {
    name: 'edit-friendly',
    numSteps: numSteps - 1 + numSteps - skip,
    options: parsed,
    run: (problem) => run(problem, parsed),
  };
}

async function* run(problem: Problem, options: EditFriendlyOptions): AsyncGenerator<Step, void> {
  const { numSteps, skip, sourceGuidanceScale, guidanceScale: guidance } = options;
  const { source, schedule, denoiser } = problem;
  const ddim = new Ddim(schedule, numSteps);
  using levels = new LatentLevels(source);
  using noises = new LatentLevels();
  yield* invertDdpm(problem, ddim, sourceGuidanceScale, { levels, noises });
  const timesteps = ddim.timesteps.slice(skip);
  yield* walk(problem, {
    start: levels.at(timesteps[0]!),
    timesteps,
    firstIteration: numSteps - 1,
    step(noisy, timestep) {
      const { noises: predicted } = denoiser.predict(timestep, [{ noisy, prompt: 'target', guidance }]);
      const { mean, std, original } = posterior(schedule, ddim, noisy, predicted[0], timestep);
      const below = ddim.levelBelow(timestep);
      return { original, latents: below > 0 ? mean.add(noises.at(below).mul(std)) : mean };
    },
    sourceAfter: (timestep) => levels.at(ddim.levelBelow(timestep)),
  });
}
