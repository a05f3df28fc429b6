import * as v from 'valibot';
import { parseOptions, timestepRange } from '../options.ts';
import { type DistillationEditor, distillationEditor, sampleEntry } from './distillationOptions.ts';
import { type GuidedOptions, guidedEntries } from './guided.ts';
import { uniformTimesteps } from './timesteps.ts';
import { type Weighting, weightAt, weightingEntry } from './weighting.ts';

/** The settings of SDS; defaults are those of DDS's authors' program. */
export interface SdsOptions extends GuidedOptions {
  /** Whether it starts from latents drawn from the encoder's distribution, not from its mean; default false. */
  readonly sampleLatents: boolean;
  /** w(t), by which the direction is multiplied; default 'uniform', which is 1. */
  readonly weighting: Weighting;
}

/** How SDS's options are checked, and their defaults. */
export const sdsEntries = {
  ...guidedEntries,
  ...sampleEntry(false),
  weighting: v.optional(weightingEntry, 'uniform'),
};

/**
 * Score Distillation Sampling (Poole et al., ICLR 2023, arXiv 2209.14988): descends along w(t) (e(z_t, target) - eps),
 * where e is guided. The source prompt is not used. By default like the program of DDS's authors; threestudio's, which
 * adds its guidance to e(z_t, target) and takes a loss's sum, has guidanceScale 101, weighting 'sds', tMin 20, tMax 982,
 * sampleLatents and reduction 'sum', and in its demonstration on pictures optimizer 'adamw' with lr 0.1.
 *
 * @throws OptionError naming the first option that is unknown or out of range
 */
export function sds(options: Partial<SdsOptions> = {}): DistillationEditor<SdsOptions> {
  const parsed = parseOptions('sds', sdsEntries, options);
  timestepRange(parsed);
  const { guidanceScale: guidance, weighting } = parsed;
  return distillationEditor('sds', parsed, (problem) => ({
    draw: uniformTimesteps(parsed, problem),
    formula: ({ denoiser, schedule, latents, draw, number }) => {
      const { timestep: t, noise: eps } = draw;
      const z_t = schedule.mix(latents, eps, t);
      const { noises } = denoiser.predict(t, [{ noisy: z_t, prompt: 'target', guidance }]);
      const weight = number('weight', ({ timestep }) => weightAt(weighting, schedule, timestep));
      return noises[0].sub(eps).mul(weight);
    },
  }));
}
