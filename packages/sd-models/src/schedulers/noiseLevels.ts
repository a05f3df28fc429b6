import { roundHalfToEven } from '../roundHalfToEven.ts';
import type { NoiseConfig } from './noiseConfig.ts';
import { alphasCumprod, sigmaOf } from './noiseSchedule.ts';
import type { SamplingConfig, SigmaSpacing } from './samplerFields.ts';

/** Where a sampler evaluates the model. */
export interface NoiseLevels {
  /** Training step of each evaluation, not always whole. */
  readonly timesteps: readonly number[];
  /** sigma before each step, and after the last. */
  readonly sigmas: readonly number[];
}

/** diffusers' stand-in for an abar of 0, whose sigma would be infinite. */
const SMALLEST_ALPHA_CUMPROD = 2 ** -24;

/** sigma of each training step, f32; of pure noise a large number. */
export function trainingSigmas(config: NoiseConfig): number[] {
  const abar = alphasCumprod(config);
  if (config.rescaleBetasZeroSnr) abar[abar.length - 1] = SMALLEST_ALPHA_CUMPROD;
  return Array.from(abar, (value) => Math.fround(sigmaOf(value)));
}

/**
 * The noise levels of a sampler in sigma: at the training steps of the configuration's spacing, or where it asks for
 * Karras or exponential sigmas, at those.
 *
 * @param spaced the training steps of the spacing, descending
 * @param trained sigmas from {@link trainingSigmas}
 * @param ends where Karras and exponential sigmas begin and end, unless the configuration says
 * Reference: `set_timesteps` of diffusers' EulerDiscreteScheduler and DPMSolverMultistepScheduler.
 */
export function noiseLevels(
  { sigmaSpacing, sigmaMin, sigmaMax, finalSigma }: SamplingConfig,
  spaced: readonly number[],
  trained: readonly number[],
  ends: 'spaced' | 'trained' = 'spaced',
): NoiseLevels {
  const last = finalSigma === 'zero' ? 0 : trained[0]!;
  const sigmas = spaced.map((timestep) => interpolate(trained, timestep));
  if (sigmaSpacing === null) return { timesteps: spaced, sigmas: [...sigmas, last] };
  const [largest, smallest] =
    ends === 'spaced' ? [sigmas[0]!, sigmas.at(-1)!] : [trained.at(-1)!, trained[0]!];
  const respaced = respacedSigmas(sigmaSpacing, sigmaMax ?? largest, sigmaMin ?? smallest, spaced.length);
  // In f32, as numpy has them: cut off to whole steps, a rounding tells.
  const logSigmas = trained.map((sigma) => Math.fround(Math.log(sigma)));
  return { timesteps: respaced.map((sigma) => timestepOf(sigma, logSigmas)), sigmas: [...respaced, last] };
}

const KARRAS_RHO = 7;

function respacedSigmas(spacing: SigmaSpacing, largest: number, smallest: number, count: number): number[] {
  const ramp = Array.from({ length: count }, (_, i) => (count > 1 ? i / (count - 1) : 0));
  const between = (from: number, to: number) => ramp.map((share) => from + share * (to - from));
  if (spacing === 'exponential') return between(Math.log(largest), Math.log(smallest)).map(Math.exp);
  return between(largest ** (1 / KARRAS_RHO), smallest ** (1 / KARRAS_RHO)).map((root) => root ** KARRAS_RHO);
}

/** The training step of a sigma, linear in log(sigma) between neighbours. Reference: diffusers' `_sigma_to_t`. */
function timestepOf(sigma: number, logSigmas: readonly number[]): number {
  const logSigma = Math.log(Math.max(sigma, 1e-10));
  const above = logSigmas.findLastIndex((value) => value <= logSigma);
  const low = Math.min(Math.max(above, 0), logSigmas.length - 2);
  const share = (logSigmas[low]! - logSigma) / (logSigmas[low]! - logSigmas[low + 1]!);
  return low + Math.min(Math.max(share, 0), 1);
}

/** The value at a fractional index, linear between neighbours; constant outside. */
function interpolate(values: readonly number[], at: number): number {
  const index = Math.min(Math.max(at, 0), values.length - 1);
  const low = Math.floor(index);
  const high = Math.min(low + 1, values.length - 1);
  return values[low]! + (index - low) * (values[high]! - values[low]!);
}

/** A whole training step, as diffusers' DPM-Solver makes it: rounded for Karras sigmas, but cut off under cosine betas. */
export function wholeTimestep(
  timestep: number,
  { sigmaSpacing, betaSchedule }: Pick<SamplingConfig, 'sigmaSpacing'> & Pick<NoiseConfig, 'betaSchedule'>,
): number {
  const isRounded = sigmaSpacing === 'karras' && betaSchedule !== 'squaredcos_cap_v2';
  return isRounded ? roundHalfToEven(timestep) : Math.trunc(timestep);
}
