/** How the variance of the noise grows over training; diffusers' `beta_schedule`. */
export const BETA_SCHEDULES = [
  'linear',
  'scaled_linear',
  'squaredcos_cap_v2',
  'sigmoid',
  'exp',
  'laplace',
] as const;
/** How the variances of the noise lie among the training steps; diffusers' `beta_schedule`. */
export type BetaSchedule = (typeof BETA_SCHEDULES)[number];

/** The part of a scheduler's configuration that says how much noise each training step adds. */
export interface NoiseConfig {
  readonly numTrainTimesteps: number;
  readonly betaStart: number;
  readonly betaEnd: number;
  readonly betaSchedule: BetaSchedule;
  /** The variances themselves, in place of a schedule. */
  readonly trainedBetas: readonly number[] | null;
  /** Whether the last training step is pure noise: the schedule is rescaled so that its abar is 0. */
  readonly rescaleBetasZeroSnr: boolean;
}

/** What the model's output is: the noise, or v = sqrt(abar) noise - sqrt(1 - abar) x0. */
export type PredictionType = 'epsilon' | 'v_prediction';

/** The noise that a model was trained on, and what it says of it. */
export interface ModelledNoise extends NoiseConfig {
  readonly predictionType: PredictionType;
}
