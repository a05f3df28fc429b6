import { scope } from '@lusd/tensor';
import * as v from 'valibot';
import {
  finite,
  parseOptions,
  positiveInteger,
  type TimestepOptions,
  timestepEntriesFor,
  timestepRange,
} from '../options.ts';
import {
  type DistillationEditor,
  type DistillationOptions,
  distillationEditor,
  distillationEntries,
} from './distillationOptions.ts';
import type { Terms } from './score.ts';
import { uniformTimesteps } from './timesteps.ts';
import { type Weighting, weightAt, weightingEntry } from './weighting.ts';

/** The settings of CSD; defaults are those of the released class. */
export interface CsdOptions extends DistillationOptions, TimestepOptions {
  /** Weight of e(z_t, target); default 1. */
  readonly condScale: number;
  /** Weight of e(z_t, negative); default 0. */
  readonly uncondScale: number;
  /** What `uncondScale` becomes, linearly, in the first `scaleSteps` iterations; default: the same. */
  readonly uncondScaleEnd?: number | undefined;
  /** Weight of e(z_t, null); default -1. */
  readonly nullScale: number;
  /** What `nullScale` becomes, linearly, in the first `scaleSteps` iterations; default: the same. */
  readonly nullScaleEnd?: number | undefined;
  /** Weight of the noise drawn; default 0. */
  readonly noiseScale: number;
  /** Default 10,000. */
  readonly scaleSteps: number;
  /** w(t), by which the direction is multiplied; default 'sds', which is 1 - abar_t. */
  readonly weighting: Weighting;
}

/** How CSD's options are checked, and their defaults. */
export const csdEntries = {
  // The released program moves no latents: steps and learning rate are ours.
  ...distillationEntries({ numSteps: 200, lr: 0.5, reduction: 'sum' }),
  ...timestepEntriesFor(20, 982),
  condScale: v.optional(finite, 1),
  uncondScale: v.optional(finite, 0),
  uncondScaleEnd: v.optional(finite),
  nullScale: v.optional(finite, -1),
  nullScaleEnd: v.optional(finite),
  noiseScale: v.optional(finite, 0),
  scaleSteps: v.optional(positiveInteger, 10_000),
  weighting: v.optional(weightingEntry, 'sds'),
};

/**
 * Classifier Score Distillation (Yu et al., ICLR 2024, arXiv 2310.19415): descends along
 * w(t) (c e(z_t, target) + u e(z_t, negative) + m e(z_t, null)), where for an edit the source is the negative prompt,
 * unless the request has another. To lead away from the source, as the paper's edits do, set uncondScale -1 and
 * nullScale 0; with weighting 'uniform' that is LUSD's gradient.
 *
 * @throws OptionError naming the first option that is unknown or out of range
 */
export function csd(options: Partial<CsdOptions> = {}): DistillationEditor<CsdOptions> {
  const parsed = parseOptions('csd', csdEntries, options);
  timestepRange(parsed);
  return distillationEditor('csd', parsed, (problem) => ({
    draw: uniformTimesteps(parsed, problem),
    formula: (terms) => classifierScore(terms, parsed),
  }));
}

function classifierScore({ denoiser, schedule, latents, draw, number }: Terms, options: CsdOptions) {
  const { condScale, uncondScale, uncondScaleEnd, nullScale, nullScaleEnd, noiseScale } = options;
  const { timestep: t, noise: eps } = draw;
  const scale = (name: string, start: number, end = start) =>
    number(name, ({ iteration }) => start + (end - start) * Math.min(iteration / options.scaleSteps, 1));
  const z_t = schedule.mix(latents, eps, t);
  const { noises } = denoiser.predict(t, [
    { noisy: z_t, prompt: 'target' },
    { noisy: z_t, prompt: 'negative' },
    { noisy: z_t, prompt: 'null' },
  ]);
  const [ofTarget, ofNegative, ofNull] = noises;
  return scope(() =>
    ofTarget
      .mul(condScale)
      .add(ofNegative.mul(scale('uncondScale', uncondScale, uncondScaleEnd)))
      .add(ofNull.mul(scale('nullScale', nullScale, nullScaleEnd)))
      .add(eps.mul(noiseScale))
      .mul(number('weight', ({ timestep }) => weightAt(options.weighting, schedule, timestep))),
  );
}
