import { norm, scope, type Tensor } from '@lusd/tensor';
import * as v from 'valibot';
import { count, finite, parseOptions, timestepRange } from '../options.ts';
import { latentSize } from '../picture/latents.ts';
import { type Patches, seededPatches } from './contrast.ts';
import { contrastiveGradient, FEATURES } from './contrastiveGradient.ts';
import { deltaScore } from './deltaScore.ts';
import { type DistillationEditor, distillationEditor } from './distillationOptions.ts';
import type { State } from './editor.ts';
import { type GuidedOptions, guidedEntries } from './guided.ts';
import { requireGradient } from './requireGradient.ts';
import { updateFactor } from './schedules.ts';
import { uniformTimesteps } from './timesteps.ts';

/** The settings of IDS; defaults are those of the released program. */
export interface IdsOptions extends GuidedOptions {
  /** Number of fixed-point iterations; default 3. */
  readonly fprIterations: number;
  /** Step of a fixed-point iteration; default 1. */
  readonly fprScale: number;
  /** Weight of CDS's contrastive loss; default 0. */
  readonly cutWeight: number;
  /** Seed of the positions that the contrastive loss compares; default 0. */
  readonly patchSeed: number;
}

/** How IDS's options are checked, and their defaults. */
export const idsEntries = {
  ...guidedEntries,
  fprIterations: v.optional(count, 3),
  fprScale: v.optional(finite, 1),
  cutWeight: v.optional(finite, 0),
  patchSeed: v.optional(count, 0),
};

/**
 * Identity-preserving Distillation Sampling (Kim et al., CVPR 2025, arXiv 2502.19930): DDS with noise for which the
 * source prompt's prediction leads back to the source.
 *
 * @param patches makes the positions that the contrastive loss compares for one run; default: drawn by `patchSeed`
 * @throws OptionError naming the first option that is unknown or out of range; LusdError when it is run, if the
 *   denoiser has no gradient
 */
export function ids(
  options: Partial<IdsOptions> = {},
  patches: (seed: number) => Patches = seededPatches,
): DistillationEditor<IdsOptions> {
  const parsed = parseOptions('ids', idsEntries, options);
  timestepRange(parsed);
  const { cutWeight, patchSeed } = parsed;
  return distillationEditor('ids', parsed, (problem) => {
    requireGradient(problem.denoiser, 'ids');
    const { height, width } = latentSize(problem.source);
    const cutScale = cutWeight / updateFactor(height, width);
    const chosen = patches(patchSeed);
    return {
      draw: uniformTimesteps(parsed, problem),
      gradient: (state) => {
        const noise = identityNoise(state, parsed);
        const refined = { ...state, draw: { ...state.draw, noise } };
        if (cutWeight === 0) return deltaScore(refined, parsed).delta;
        const { delta, tapped } = deltaScore(refined, parsed, FEATURES);
        return delta.add(contrastiveGradient(refined, tapped, chosen).mul(cutScale));
      },
    };
  });
}

/**
 * The noise eps* after the fixed-point iterations (section 4.1): each moves the noisy source s_t against the gradient of
 * the distance || z_src - x0 || between the source and what the model takes s_t for.
 *
 * @param onDistance is told each distance, a scalar, before the step
 */
export function identityNoise(
  { denoiser, schedule, source, draw }: State,
  { guidanceScale: guidance, fprIterations, fprScale }: IdsOptions,
  onDistance: (distance: Tensor) => void = () => {},
): Tensor {
  const { timestep: t, noise: eps } = draw;
  const [alpha, sigma] = [schedule.alpha(t), schedule.sigma(t)];
  const gradientOf = requireGradient(denoiser, 'ids');
  let s_t = schedule.mix(source, eps, t);
  for (let i = 0; i < fprIterations; i++) {
    const { loss, gradient } = gradientOf(s_t, (noisy, predict) => {
      const { noises } = predict(t, [{ noisy, prompt: 'source', guidance }]);
      // The norm's gradient is 0 where the norm is.
      return norm(source.sub(noisy.sub(noises[0].mul(sigma)).div(alpha)));
    });
    onDistance(loss);
    s_t = s_t.sub(gradient.mul(fprScale));
  }
  return scope(() => s_t.sub(source.mul(alpha)).div(sigma));
}
