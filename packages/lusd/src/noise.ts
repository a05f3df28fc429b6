import { alphasCumprod, type SchedulerConfig } from '@lusd/sd-models';

/** How much of the picture and of the noise there is at each timestep: z_t = alpha_t z + sigma_t eps. */
export class NoiseSchedule {
  private readonly abar: Float32Array;
  readonly predictionType: SchedulerConfig['predictionType'];

  constructor(config: SchedulerConfig) {
    this.abar = alphasCumprod(config);
    this.predictionType = config.predictionType;
  }

  /** sqrt(abar_t). */
  alpha(timestep: number): number {
    return Math.sqrt(this.abar[timestep]!);
  }

  /** sqrt(1 - abar_t). */
  sigma(timestep: number): number {
    return Math.sqrt(1 - this.abar[timestep]!);
  }
}
