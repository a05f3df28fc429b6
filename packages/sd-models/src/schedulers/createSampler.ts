import type { SchedulerConfig } from './config.ts';
import { DdimSampler } from './ddim.ts';
import { DpmSolverSampler } from './dpmSolver.ts';
import { EulerSampler } from './euler.ts';
import type { Sampler } from './sampler.ts';
import type { SamplerName } from './samplerFields.ts';

/** What some of the named samplers can be told. */
export interface SamplerOptions {
  /** DDIM: share of the posterior's noise that each step adds, 0 (none, the default) to 1 (as DDPM). */
  readonly eta?: number;
}

/** Makes a sampler of `steps` steps for a model, as `createSampler` makes the named ones. One sampler serves one run. */
export type SamplerFactory = (config: SchedulerConfig, steps: number) => Sampler;

/**
 * A sampler of `steps` steps.
 *
 * @param kind the name of one, or what makes one of your own
 * @throws RangeError where `steps` is not from 1 to the number of training steps or the spacing has no room for so many,
 *   or where `eta` is not from 0 to 1
 */
export function createSampler(
  kind: SamplerName | SamplerFactory,
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
  if (typeof kind === 'function') return kind(config, steps);
  switch (kind) {
    case 'ddim':
      return new DdimSampler(config, steps, eta);
    case 'euler':
      return new EulerSampler(config, steps);
    case 'dpm++2m':
      return new DpmSolverSampler(config, steps);
  }
}
