import type { Tensor } from '@lusd/tensor';
import { parseOptions, timestepRange } from '../options.ts';
import { Descent, type DescentFacts } from './descent.ts';
import { distil, type Editor } from './editor.ts';
import { type LusdOptions, lusdEntries } from './lusdOptions.ts';
import type { Terms } from './score.ts';
import { uniformTimesteps } from './timesteps.ts';

/** LUSD's facts about an attempt. */
export type LusdFacts = DescentFacts;

/** LUSD with its options. */
export interface LusdEditor extends Editor<LusdFacts> {
  readonly options: LusdOptions;
}

/**
 * Localized Update Score Distillation (arXiv 2503.11054, algorithm 1, as the released program runs it): descends along
 * the difference of two predictions, where weak differences are filtered out, the others masked by attention,
 * regularised towards the source, and normalised.
 *
 * @param options every default is the released program's
 * @throws OptionError naming the first option that is unknown or out of range
 */
export function lusd(options: Partial<LusdOptions> = {}): LusdEditor {
  const parsed = parseOptions('lusd', lusdEntries, options);
  timestepRange(parsed);
  const { numSteps, lr, directionScale } = parsed;
  const parts = {
    filter: parsed,
    maskAttention: parsed,
    regularise: parsed,
    normalise: directionScale ? parsed : null,
  };
  const settings = { numSteps, lr, optimizer: 'sgd', reduction: 'mean', parts } as const;
  return {
    name: 'lusd',
    numSteps,
    usesTargetTokens: true,
    options: parsed,
    run: (problem) => {
      const score = { draw: uniformTimesteps(parsed, problem), formula: difference };
      return distil(problem, new Descent(problem, score, settings), numSteps);
    },
  };
}

/** g = eps_hat(z_t, target) - eps_hat(z_t, source), with neither a null prompt nor a weight w(t). */
function difference({ denoiser, schedule, latents, draw }: Terms): Tensor {
  const { timestep: t, noise: eps } = draw;
  const z_t = schedule.mix(latents, eps, t);
  const { noises } = denoiser.predict(t, [
    { noisy: z_t, prompt: 'source' },
    { noisy: z_t, prompt: 'target' },
  ]);
  const [ofSource, ofTarget] = noises;
  return ofTarget.sub(ofSource);
}
