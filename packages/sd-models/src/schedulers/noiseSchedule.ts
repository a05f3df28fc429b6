import type { SchedulerConfig } from './config.ts';

const { fround } = Math;

/** The part of a scheduler's configuration that says how much noise each training step adds. */
export type NoiseConfig = Pick<
  SchedulerConfig,
  'numTrainTimesteps' | 'betaStart' | 'betaEnd' | 'betaSchedule'
>;

/**
 * abar: the share of the picture's variance that is left at each training step, [numTrainTimesteps] in f32.
 * x_t = sqrt(abar[t]) x_0 + sqrt(1 - abar[t]) noise.
 *
 * Rounded where torch rounds: betas in f32; the running product in double, each element rounded.
 * Reference: diffusers' schedulers, `alphas_cumprod`.
 */
export function alphasCumprod(config: NoiseConfig): Float32Array<ArrayBuffer> {
  let product = 1;
  return betas(config).map((beta) => {
    product *= fround(1 - beta);
    return product;
  });
}

/** Variance of the noise that each training step adds, f32. */
function betas({
  numTrainTimesteps,
  betaStart,
  betaEnd,
  betaSchedule,
}: NoiseConfig): Float32Array<ArrayBuffer> {
  if (betaSchedule === 'linear') return linspace(betaStart, betaEnd, numTrainTimesteps);
  return linspace(Math.sqrt(betaStart), Math.sqrt(betaEnd), numTrainTimesteps).map((root) => root * root);
}

/** torch.linspace in f32: counted from both ends. */
function linspace(start: number, end: number, count: number): Float32Array<ArrayBuffer> {
  const first = fround(start);
  const last = fround(end);
  const step = count > 1 ? fround(fround(last - first) / (count - 1)) : 0;
  return Float32Array.from({ length: count }, (_, i) =>
    i < count / 2 ? first + step * i : last - step * (count - 1 - i),
  );
}

/** sqrt((1 - abar) / abar): the noise's standard deviation relative to the picture's (k-diffusion's sigma). */
export function sigmaOf(alphaCumprod: number): number {
  return Math.sqrt((1 - alphaCumprod) / alphaCumprod);
}
