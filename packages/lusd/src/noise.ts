import { alphasCumprod, type SchedulerConfig } from '@lusd/sd-models';
import { OptionError } from './errors.ts';

/** How much of the picture and of the noise there is at each timestep: z_t = alpha_t z + sigma_t eps. */
export class NoiseSchedule {
  private readonly abar: Float32Array;
  readonly predictionType: SchedulerConfig['predictionType'];

  constructor(config: SchedulerConfig) {
    this.abar = alphasCumprod(config);
    this.predictionType = config.predictionType;
  }

  /** sqrt(abar_t). @throws OptionError for a timestep that the model was not trained at */
  alpha(timestep: number): number {
    return Math.sqrt(this.abarAt(timestep));
  }

  /** sqrt(1 - abar_t). @throws OptionError as {@link alpha} */
  sigma(timestep: number): number {
    return Math.sqrt(1 - this.abarAt(timestep));
  }

  private abarAt(timestep: number): number {
    const abar = this.abar[timestep];
    if (abar !== undefined) return abar;
    throw new OptionError(
      `timestep ${timestep} is none of the ${this.abar.length} that the model was trained at; lower tMax`,
    );
  }
}
