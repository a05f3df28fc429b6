import * as v from 'valibot';
import type { Draw, LatentDraws } from '../draws.ts';
import {
  finite,
  flag,
  parseOptions,
  requireShare,
  type TimestepShare,
  timestepShareEntries,
} from '../options.ts';
import {
  type DistillationEditor,
  type DistillationOptions,
  distillationEditor,
  distillationEntries,
  guidanceEntry,
  sampleEntry,
} from './distillationOptions.ts';
import { FreeU } from './freeU.ts';
import type { Terms } from './score.ts';

/** The settings of SSD; defaults are those of the released configuration. */
export interface SsdOptions extends DistillationOptions, TimestepShare {
  /** Whether it starts from latents drawn from the encoder's distribution, not from its mean; default true. */
  readonly sampleLatents: boolean;
  /** Weight of what leads from the source to the target, of which the released code takes half; default 7.5. */
  readonly guidanceScale: number;
  /** Weight of what leads from nothing to the target; default 5.5. */
  readonly enhanceScale: number;
  /** Weight of what leads to the source, of which the released code takes half; default 2. */
  readonly imageScale: number;
  /** Weight of the difference to the source's latents; default 0.075. */
  readonly trajectoryWeight: number;
  /** Whether the UNet runs with FreeU, as it always does in the released program; default true. */
  readonly freeU: boolean;
}

/** How SSD's options are checked, and their defaults. */
export const ssdEntries = {
  // The released program moves no latents: the learning rate is ours.
  ...distillationEntries({ numSteps: 1500, lr: 0.02, reduction: 'sum' }),
  ...guidanceEntry(7.5),
  enhanceScale: v.optional(finite, 5.5),
  imageScale: v.optional(finite, 2),
  trajectoryWeight: v.optional(finite, 0.075),
  ...timestepShareEntries,
  ...sampleEntry(true),
  freeU: v.optional(flag, true),
};

/**
 * Stable Score Distillation (Zhu et al., arXiv 2507.09168): timesteps fall from the first iteration to the last, and the
 * latents descend along what leads from the source to the target, from nothing to the target, and back to the source.
 *
 * @throws OptionError naming the first option that is unknown or out of range
 */
export function ssd(options: Partial<SsdOptions> = {}): DistillationEditor<SsdOptions> {
  const parsed = parseOptions('ssd', ssdEntries, options);
  requireShare(parsed);
  return distillationEditor('ssd', parsed, ({ schedule }) => {
    const freeU = parsed.freeU ? new FreeU() : null;
    return {
      draw: (draws, iteration) => fallingTimestep(draws, iteration, schedule.length, parsed),
      formula: (terms) => stableScore(terms, parsed, freeU),
      dispose: () => freeU?.dispose(),
    };
  });
}

/** Noise alone is drawn. @param length of the model's training */
function fallingTimestep(draws: LatentDraws, iteration: number, length: number, options: SsdOptions): Draw {
  const { numSteps, minStepRatio, maxStepRatio } = options;
  const [low, high] = [Math.trunc(length * minStepRatio), Math.trunc(length * maxStepRatio)];
  const index = Math.trunc(((high - low) * (numSteps - iteration)) / numSteps + low);
  return { timestep: Math.min(index + 1, length - 1), noise: draws.randn() };
}

function stableScore(
  { denoiser, schedule, source, latents, draw, number }: Terms,
  { guidanceScale, enhanceScale, imageScale, trajectoryWeight }: SsdOptions,
  freeU: FreeU | null,
) {
  const { timestep: t, noise: eps } = draw;
  const [s_t, z_t] = [schedule.mix(source, eps, t), schedule.mix(latents, eps, t)];
  const queries = [
    { noisy: z_t, prompt: 'target' },
    { noisy: z_t, prompt: 'source' },
    { noisy: z_t, prompt: 'null' },
    { noisy: s_t, prompt: 'null' },
  ] as const;
  const { noises } = denoiser.predict(t, queries, freeU);
  const [ofTarget, ofSource, ofNull, ofSourceNull] = noises;
  const weight = number(
    'trajectoryWeight',
    ({ timestep }) => trajectoryWeight * Math.exp((timestep - 1) / schedule.length),
  );
  return ofSource
    .sub(ofSourceNull)
    .mul(imageScale / 2)
    .add(ofTarget.sub(ofSource).mul(guidanceScale / 2))
    .add(ofTarget.sub(ofNull).mul(enhanceScale))
    .add(z_t.sub(s_t).mul(weight));
}
