import type { Tensor } from '@lusd/tensor';
import type { SchedulerConfig } from './config.ts';
import { DdimSampler } from './ddim.ts';
import { DpmSolverSampler } from './dpmSolver.ts';
import { EulerSampler } from './euler.ts';
import type { SamplerName } from './samplerFields.ts';

/**
 * Solves the denoising equation from noise to a picture, one model evaluation a step. Steps are numbered from 0; the
 * samples are f32 of any shape. One object serves one run: a multistep sampler remembers earlier predictions.
 */
export interface Sampler {
  /** Training step of each evaluation, descending; what the model is told. */
  readonly timesteps: readonly number[];
  /** Standard deviation of the noise that sampling starts from. */
  readonly initNoiseSigma: number;
  /** Whether `step` adds noise, which the caller draws. */
  readonly needsNoise: boolean;
  /** What the model is given at a step. */
  scaleModelInput(sample: Tensor, index: number): Tensor;
  /**
   * The sample after step `index`.
   * @param output the model's output, in f32
   * @param noise standard normal, where `needsNoise`
   */
  step(output: Tensor, index: number, sample: Tensor, noise?: Tensor): Tensor;
  /** `original` with as much noise as the sample has before step `index`; for starting midway. */
  addNoise(original: Tensor, noise: Tensor, index: number): Tensor;
  /** Frees what is remembered of earlier steps. */
  dispose(): void;
}

/** Settings of samplers that only some of them have. */
export interface SamplerOptions {
  /** DDIM: share of the posterior's noise that each step adds, 0 (none, the default) to 1 (as DDPM). */
  readonly eta?: number;
}

/**
 * A sampler of `steps` steps.
 * @throws RangeError where `steps` is not from 1 to the number of training steps or the spacing has no room for so many,
 *   or where `eta` is not from 0 to 1
 */
export function createSampler(
  name: SamplerName,
  config: SchedulerConfig,
  steps: number,
  { eta = 0 }: SamplerOptions = {},
): Sampler {
  if (!Number.isInteger(steps) || steps < 1 || steps > config.numTrainTimesteps) {
    throw new RangeError(
      `A sampler takes from 1 to ${config.numTrainTimesteps} steps, not ${steps}; change the number of steps.`,
    );
  }
  if (!(eta >= 0 && eta <= 1)) throw new RangeError(`eta is ${eta}; it must be from 0 to 1.`);
  switch (name) {
    case 'ddim':
      return new DdimSampler(config, steps, eta);
    case 'euler':
      return new EulerSampler(config, steps);
    case 'dpm++2m':
      return new DpmSolverSampler(config, steps);
  }
}
