import { parseOptions, timestepRange } from '../options.ts';
import { deltaScore } from './deltaScore.ts';
import { type DistillationEditor, distillationEditor } from './distillationOptions.ts';
import { type GuidedOptions, guidedEntries } from './guided.ts';
import { uniformTimesteps } from './timesteps.ts';

/** How DDS's options are checked, and their defaults. */
export const ddsEntries = guidedEntries;

/**
 * Delta Denoising Score (Hertz, Aberman, Cohen-Or, ICCV 2023, arXiv 2304.07090): descends along
 * e(z_t, target) - e(s_t, source), where the picture's latents z and the source's s have the same timestep and noise,
 * and e is guided. Like its authors' program, whose step size LUSD uses too.
 *
 * @throws OptionError naming the first option that is unknown or out of range
 */
export function dds(options: Partial<GuidedOptions> = {}): DistillationEditor<GuidedOptions> {
  const parsed = parseOptions('dds', ddsEntries, options);
  timestepRange(parsed);
  return distillationEditor('dds', parsed, (problem) => ({
    draw: uniformTimesteps(parsed, problem),
    formula: (terms) => deltaScore(terms, parsed).delta,
  }));
}
