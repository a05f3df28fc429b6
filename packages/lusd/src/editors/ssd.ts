import type { Tensor } from '@lusd/tensor';
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
import type { Problem } from './editor.ts';
import { FreeU } from './freeU.ts';
import { guidedByPicture, PictureInputs } from './pictureGuidance.ts';
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
  /** For a model that was trained on instructions: weight of the guidance by the picture; default 1.5. */
  readonly imageGuidanceScale: number;
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
  imageGuidanceScale: v.optional(finite, 1.5),
  trajectoryWeight: v.optional(finite, 0.075),
  ...timestepShareEntries,
  ...sampleEntry(true),
  freeU: v.optional(flag, true),
};

/**
 * Stable Score Distillation (Zhu et al., arXiv 2507.09168): timesteps fall from the first iteration to the last, and the
 * latents descend along what leads from the source to the target, from nothing to the target, and back to the source.
 * A model that was trained on instructions, such as timbrooks/instruct-pix2pix, is given the picture: the target prompt is
 * the instruction then, and guidance by it and by the picture takes the place of the first two.
 *
 * @throws OptionError naming the first option that is unknown or out of range
 */
export function ssd(options: Partial<SsdOptions> = {}): DistillationEditor<SsdOptions> {
  const parsed = parseOptions('ssd', ssdEntries, options);
  requireShare(parsed);
  return distillationEditor('ssd', parsed, (problem) => {
    const { schedule } = problem;
    const freeU = parsed.freeU ? new FreeU() : null;
    const inputs = takesPicture(problem) ? new PictureInputs(problem) : null;
    return {
      draw: (draws, iteration) => fallingTimestep(draws, iteration, schedule.length, parsed),
      formula: (terms) =>
        inputs ? instructedScore(terms, parsed, freeU, inputs) : stableScore(terms, parsed, freeU),
      dispose() {
        freeU?.dispose();
        inputs?.dispose();
      },
    };
  });
}

/** Whether the model takes a picture beside the latents. */
function takesPicture({ denoiser, source }: Problem): boolean {
  const own = source.shape[3]!;
  return (denoiser.inChannels ?? own) > own;
}

/** Noise alone is drawn. @param length of the model's training */
function fallingTimestep(draws: LatentDraws, iteration: number, length: number, options: SsdOptions): Draw {
  const { numSteps, minStepRatio, maxStepRatio } = options;
  const [low, high] = [Math.trunc(length * minStepRatio), Math.trunc(length * maxStepRatio)];
  const index = Math.trunc(((high - low) * (numSteps - iteration)) / numSteps + low);
  return { timestep: Math.min(index + 1, length - 1), noise: draws.randn() };
}

function stableScore(terms: Terms, options: SsdOptions, freeU: FreeU | null): Tensor {
  const { guidanceScale, enhanceScale, imageScale } = options;
  const { denoiser, draw } = terms;
  const [s_t, z_t] = noised(terms);
  const queries = [
    { noisy: z_t, prompt: 'target' },
    { noisy: z_t, prompt: 'source' },
    { noisy: z_t, prompt: 'null' },
    { noisy: s_t, prompt: 'null' },
  ] as const;
  const { noises } = denoiser.predict(draw.timestep, queries, freeU);
  const [ofTarget, ofSource, ofNull, ofSourceNull] = noises;
  return ofSource
    .sub(ofSourceNull)
    .mul(imageScale / 2)
    .add(ofTarget.sub(ofSource).mul(guidanceScale / 2))
    .add(ofTarget.sub(ofNull).mul(enhanceScale))
    .add(z_t.sub(s_t).mul(weightOf(terms, options)));
}

function instructedScore(
  terms: Terms,
  options: SsdOptions,
  freeU: FreeU | null,
  inputs: PictureInputs,
): Tensor {
  const { denoiser, draw } = terms;
  const [s_t, z_t] = noised(terms);
  const queries = [...inputs.queries(z_t), { noisy: s_t, prompt: 'null', beside: inputs.none }] as const;
  const { noises } = denoiser.predict(draw.timestep, queries, freeU);
  const [instructed, shown, plain, ofSourceNull] = noises;
  return guidedByPicture(instructed, shown, plain, options)
    .sub(ofSourceNull)
    .add(z_t.sub(s_t).mul(weightOf(terms, options)));
}

/** s_t and z_t, of the same noise. */
function noised({ schedule, source, latents, draw: { timestep, noise } }: Terms): readonly [Tensor, Tensor] {
  return [schedule.mix(source, noise, timestep), schedule.mix(latents, noise, timestep)];
}

/** Weight of z_t - s_t. */
function weightOf({ schedule, number }: Terms, { trajectoryWeight }: SsdOptions): number | Tensor {
  return number(
    'trajectoryWeight',
    ({ timestep }) => trajectoryWeight * Math.exp((timestep - 1) / schedule.length),
  );
}
