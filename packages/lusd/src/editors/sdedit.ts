import type { Tensor } from '@lusd/tensor';
import * as v from 'valibot';
import { OptionError } from '../errors.ts';
import { Ddim } from '../inversion/ddim.ts';
import { walk } from '../inversion/walk.ts';
import { finite, parseOptions, positiveInteger, share } from '../options.ts';
import type { Editor, Problem, Step } from './editor.ts';

/** The settings of SDEdit. */
export interface SdeditOptions {
  /** Steps that a whole sampling would have; default 50. */
  readonly numSteps: number;
  /** Share of the steps that are run, from 0 (excluded) to 1: how much of the picture is replaced. Default 0.8. */
  readonly strength: number;
  /** Weight of classifier-free guidance; default 7.5. */
  readonly guidanceScale: number;
}

/** SDEdit with its options. */
export interface SdeditEditor extends Editor {
  readonly options: SdeditOptions;
}

/** How each of {@link SdeditOptions} is checked, and its default. */
export const sdeditEntries = {
  numSteps: v.optional(positiveInteger, 50),
  strength: v.optional(share, 0.8),
  guidanceScale: v.optional(finite, 7.5),
};

/**
 * SDEdit (Meng et al., ICLR 2022, arXiv 2108.01073) as image to image with Stable Diffusion: noise is added to the
 * picture, then DDIM samples down with the target prompt. The source prompt is not used; outside a mask the picture
 * is kept, with the same noise.
 *
 * @throws OptionError naming the first option that is unknown or out of range, or a strength that leaves no step
 */
export function sdedit(options: Partial<SdeditOptions> = {}): SdeditEditor {
  const parsed = parseOptions('sdedit', sdeditEntries, options);
  const numSteps = Math.trunc(parsed.numSteps * parsed.strength);
  if (numSteps < 1)
    throw new OptionError('strength', `must leave a step of ${parsed.numSteps}, but is ${parsed.strength}`);
  return { name: 'sdedit', numSteps, options: parsed, run: (problem) => run(problem, parsed, numSteps) };
}

async function* run(
  problem: Problem,
  { numSteps, guidanceScale }: SdeditOptions,
  count: number,
): AsyncGenerator<Step, void> {
  const { source, schedule, denoiser, draws } = problem;
  const ddim = new Ddim(schedule, numSteps);
  const timesteps = ddim.timesteps.slice(-count);
  using eps = draws.randn();
  const noised = (level: number): Tensor => (level > 0 ? schedule.mix(source, eps, level) : source);
  using start = noised(timesteps[0]!);
  yield* walk(problem, {
    start,
    timesteps,
    step(noisy, timestep, index) {
      const query = { noisy, prompt: 'target', guidance: guidanceScale } as const;
      const { noises } = denoiser.predict(timestep, [query]);
      return { ...ddim.down(noisy, noises[0], timestep), ...(index === 0 && { noise: eps }) };
    },
    sourceAfter: (timestep) => noised(ddim.levelBelow(timestep)),
  });
}
