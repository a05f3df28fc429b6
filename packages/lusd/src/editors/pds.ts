import type { NoiseSchedule } from '@lusd/sd-models';
import * as v from 'valibot';
import type { Draw, LatentDraws } from '../draws.ts';
import { OptionError } from '../errors.ts';
import {
  flag,
  parseOptions,
  positiveInteger,
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
import type { Terms } from './score.ts';

/** The settings of PDS; defaults are those of the released class. */
export interface PdsOptions extends DistillationOptions, TimestepShare {
  /** Whether it starts from latents drawn from the encoder's distribution, not from its mean; default true. */
  readonly sampleLatents: boolean;
  /** Weight of classifier-free guidance; default 100. */
  readonly guidanceScale: number;
  /** Number of DDIM's timesteps, one of which is drawn; default 500. */
  readonly inferenceSteps: number;
  /**
   * Whether beta is that of the step from t' to t, 1 - abar_t / abar_t'; default false, the released program's beta_t,
   * which is that of one training step although t' is several back.
   */
  readonly wholeBeta: boolean;
}

/** How PDS's options are checked, and their defaults. */
export const pdsEntries = {
  // The released program moves no latents: the learning rate is ours, the steps those of its script for strokes.
  ...distillationEntries({ numSteps: 1000, lr: 0.02, reduction: 'sum' }),
  ...guidanceEntry(100),
  inferenceSteps: v.optional(positiveInteger, 500),
  ...timestepShareEntries,
  ...sampleEntry(true),
  wholeBeta: v.optional(flag, false),
};

/**
 * Posterior Distillation Sampling (Koo, Park, Sung, CVPR 2024, arXiv 2311.13831): descends along
 * psi (z - z_src) + chi (e(z_t, target) - e(s_t, source)), the difference of what the steps from t to t' would have to
 * add by chance for the edited and for the source latents, where e is guided.
 *
 * @throws OptionError naming the first option that is unknown or out of range
 */
export function pds(options: Partial<PdsOptions> = {}): DistillationEditor<PdsOptions> {
  const parsed = parseOptions('pds', pdsEntries, options);
  requireShare(parsed);
  const editor = distillationEditor('pds', parsed, (problem) => {
    const grid = ddimGrid(problem, parsed);
    return {
      draw: (draws) => drawTwice(draws, grid),
      formula: (terms) => posteriorDifference(terms, grid, parsed),
    };
  });
  return { ...editor, drawsMore: true };
}

/** DDIM's timesteps, offset 1: `stride` i + 1 for i from `low`, below `high`. */
interface DdimGrid {
  readonly stride: number;
  readonly low: number;
  readonly high: number;
}

function ddimGrid({ schedule }: Problem, options: PdsOptions): DdimGrid {
  const { inferenceSteps, minStepRatio, maxStepRatio } = options;
  const stride = Math.trunc(schedule.length / inferenceSteps);
  // The step before the first timestep would be below 0.
  const low = Math.max(Math.trunc(inferenceSteps * minStepRatio), 1);
  const high = Math.trunc(inferenceSteps * maxStepRatio);
  if (stride >= 1 && low < high) return { stride, low, high };
  throw new OptionError(
    'inferenceSteps',
    `must leave timesteps between minStepRatio and maxStepRatio of the model's ${schedule.length}, but is ${inferenceSteps}`,
  );
}

/** A timestep and its noise, then the noise at the timestep before, which cancels but belongs to the seed's sequence. */
function drawTwice(draws: LatentDraws, { stride, low, high }: DdimGrid): Draw {
  const timestep = stride * draws.randint(low, high) + 1;
  const noise = draws.randn();
  draws.randn().dispose();
  return { timestep, noise };
}

function posteriorDifference(
  { denoiser, schedule, source, latents, draw, number }: Terms,
  { stride }: DdimGrid,
  { guidanceScale: guidance, wholeBeta }: PdsOptions,
) {
  const { timestep: t, noise: eps } = draw;
  const weights = (timestep: number) => posteriorWeights(schedule, timestep, timestep - stride, wholeBeta);
  const psi = number('psi', ({ timestep }) => weights(timestep).psi);
  const chi = number('chi', ({ timestep }) => weights(timestep).chi);
  const [s_t, z_t] = [schedule.mix(source, eps, t), schedule.mix(latents, eps, t)];
  const { noises } = denoiser.predict(t, [
    { noisy: z_t, prompt: 'target', guidance },
    { noisy: s_t, prompt: 'source', guidance },
  ]);
  const [ofTarget, ofSource] = noises;
  return latents.sub(source).mul(psi).add(ofTarget.sub(ofSource).mul(chi));
}

/**
 * The weights of the latents' and of the predictions' difference. Computed in double, since psi cancels to a few digits
 * of its terms.
 *
 * @param before t', the timestep before t
 */
export function posteriorWeights(
  schedule: NoiseSchedule,
  timestep: number,
  before: number,
  wholeBeta: boolean,
): { readonly psi: number; readonly chi: number } {
  const [abar, abarBefore] = [schedule.alphaCumprod(timestep), schedule.alphaCumprod(before)];
  const beta = wholeBeta ? 1 - abar / abarBefore : schedule.beta(timestep);
  const c0 = (Math.sqrt(abarBefore) * beta) / (1 - abar);
  const c1 = (Math.sqrt(1 - beta) * (1 - abarBefore)) / (1 - abar);
  const deviation = Math.sqrt((beta * (1 - abarBefore)) / (1 - abar));
  return {
    psi: (Math.sqrt(abarBefore) - c0 - c1 * Math.sqrt(abar)) / deviation,
    chi: (c0 * Math.sqrt(1 - abar)) / (Math.sqrt(abar) * deviation),
  };
}
