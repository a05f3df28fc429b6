import * as v from 'valibot';
import { Ddim } from '../inversion/ddim.ts';
import { invert, LatentLevels } from '../inversion/invert.ts';
import { walk } from '../inversion/walk.ts';
import { finite, parseOptions, positiveInteger } from '../options.ts';
import type { Editor, Problem, Step } from './editor.ts';

/** The settings of a DDIM inversion that is followed by sampling. */
export interface InversionOptions {
  /** Steps up, and as many down; default 50. */
  readonly numSteps: number;
  /** Weight of classifier-free guidance on the way down; default 7.5. */
  readonly guidanceScale: number;
}

/** An inversion with its options. */
export interface InversionEditor extends Editor {
  readonly options: InversionOptions;
}

/** How each of {@link InversionOptions} is checked, and its default. */
export const inversionEntries = {
  numSteps: v.optional(positiveInteger, 50),
  guidanceScale: v.optional(finite, 7.5),
};

/**
 * DDIM inversion (Song, Meng, Ermon, ICLR 2021, arXiv 2010.02502): the picture is followed up to its noise with the
 * source prompt and without guidance, and sampled down from there with the target prompt.
 *
 * @throws OptionError naming the first option that is unknown or out of range
 */
export function ddimInversion(options: Partial<InversionOptions> = {}): InversionEditor {
  return inversion('ddim-inversion', options, 'null');
}

/**
 * Negative-prompt inversion (Miyake et al., WACV 2025, arXiv 2305.16807): DDIM inversion, and on the way down guidance
 * leads away from the source prompt in the place of the null one.
 *
 * @throws OptionError naming the first option that is unknown or out of range
 */
export function negativePromptInversion(options: Partial<InversionOptions> = {}): InversionEditor {
  return inversion('negative-prompt-inversion', options, 'source');
}

function inversion(
  name: string,
  input: Partial<InversionOptions>,
  negative: 'null' | 'source',
): InversionEditor {
  const options = parseOptions(name, inversionEntries, input);
  return {
    name,
    numSteps: 2 * options.numSteps,
    options,
    run: (problem) => run(problem, options, negative),
  };
}

async function* run(
  problem: Problem,
  { numSteps, guidanceScale }: InversionOptions,
  negative: 'null' | 'source',
): AsyncGenerator<Step, void> {
  const ddim = new Ddim(problem.schedule, numSteps);
  using levels = new LatentLevels(problem.source);
  yield* invert(problem, ddim, 'source', levels);
  const { timesteps } = ddim;
  yield* walk(problem, {
    start: levels.at(timesteps[0]!),
    timesteps,
    firstIteration: numSteps,
    step(noisy, timestep) {
      const query = { noisy, prompt: 'target', guidance: guidanceScale, negative } as const;
      const { noises } = problem.denoiser.predict(timestep, [query]);
      return ddim.down(noisy, noises[0], timestep);
    },
    sourceAfter: (timestep) => levels.at(ddim.levelBelow(timestep)),
  });
}
