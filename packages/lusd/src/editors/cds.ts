import * as v from 'valibot';
import { count, finite, parseOptions, timestepRange } from '../options.ts';
import { latentSize } from '../picture/latents.ts';
import { type Patches, seededPatches } from './contrast.ts';
import { contrastiveGradient, FEATURES } from './contrastiveGradient.ts';
import { deltaScore } from './deltaScore.ts';
import { type DistillationEditor, distillationEditor } from './distillationOptions.ts';
import { type GuidedOptions, guidedEntries } from './guided.ts';
import { requireGradient } from './requireGradient.ts';
import { updateFactor } from './schedules.ts';
import { uniformTimesteps } from './timesteps.ts';

/** The settings of CDS; defaults are those that the released program runs with. */
export interface CdsOptions extends GuidedOptions {
  /** Weight of DDS's direction; default 1. */
  readonly ddsWeight: number;
  /** Weight of the contrastive loss; default 3. */
  readonly cutWeight: number;
  /** Seed of the positions that are compared; default 0. */
  readonly patchSeed: number;
}

/** How CDS's options are checked, and their defaults. */
export const cdsEntries = {
  ...guidedEntries,
  ddsWeight: v.optional(finite, 1),
  cutWeight: v.optional(finite, 3),
  patchSeed: v.optional(count, 0),
};

/**
 * Contrastive Denoising Score (Nam, Kwon, Park, Ye, CVPR 2024, arXiv 2311.18608): DDS, and the gradient of a contrastive
 * loss between the UNet's self-attention features of the source and of the edited latents. The loss is not divided by the
 * latents' size, as DDS's direction is, so that its weight beside DDS depends on the size, as in the released program.
 *
 * @param patches makes the positions that are compared for one run; default: drawn by `patchSeed`
 * @throws OptionError naming the first option that is unknown or out of range; LusdError when it is run, if the
 *   denoiser has no gradient
 */
export function cds(
  options: Partial<CdsOptions> = {},
  patches: (seed: number) => Patches = seededPatches,
): DistillationEditor<CdsOptions> {
  const parsed = parseOptions('cds', cdsEntries, options);
  timestepRange(parsed);
  const { ddsWeight, cutWeight, patchSeed } = parsed;
  return distillationEditor('cds', parsed, (problem) => {
    requireGradient(problem.denoiser, 'cds');
    const { height, width } = latentSize(problem.source);
    const cutScale = cutWeight / updateFactor(height, width);
    const chosen = patches(patchSeed);
    return {
      draw: uniformTimesteps(parsed, problem),
      gradient: (state) => {
        const { delta, tapped } = deltaScore(state, parsed, FEATURES);
        const contrast = contrastiveGradient(state, tapped, chosen);
        return delta.mul(ddsWeight).add(contrast.mul(cutScale));
      },
    };
  });
}
