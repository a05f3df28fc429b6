import { keep, scope, std, type Tensor, tensor } from '@lusd/tensor';
import type { Draw, DrawSource } from './draws.ts';
import { PredictionError } from './errors.ts';
import type { NoiseSchedule } from './noise.ts';
import type { EditOptions } from './options.ts';
import type { NoisePredictor, Prediction } from './prediction.ts';

/**
 * Attempts after which an iteration takes what it has: the threshold is by then below 5e-5 of its start. The released
 * program would go on until it underflows, some 73,600 attempts.
 */
export const MAX_ATTEMPTS = 1000;

/** One draw with what the filter made of it. */
export interface Attempt extends Draw {
  readonly iteration: number;
  readonly attempt: number;
  /** Unbiased standard deviation of the gradient. */
  readonly std: number;
  /** What `std` had to reach. */
  readonly threshold: number;
  readonly accepted: boolean;
  /** True where the draw was taken although it stayed below the threshold at the last attempt allowed. */
  readonly exhausted: boolean;
  /** The gradient and maps; they live until the iteration ends or, for a refused draw, until the next one. */
  readonly prediction: Prediction;
}

/** The parts of an edit that every attempt reads. */
export interface FilterContext {
  readonly predictor: NoisePredictor;
  readonly draws: DrawSource;
  readonly schedule: NoiseSchedule;
  readonly options: Pick<EditOptions, 'threshold' | 'thresholdDecayRate'>;
  readonly signal?: AbortSignal | undefined;
  /** Told of every attempt, before a refused one is freed. */
  readonly onAttempt?: ((attempt: Attempt) => void | Promise<void>) | undefined;
}

/**
 * Draws timesteps and noise until a gradient is strong enough: its standard deviation reaches a threshold that starts
 * anew at every iteration and decays with every refused draw (section 3.3 of the paper). A gradient of zeros is taken
 * at once, since equal prompts can give no other.
 *
 * @param latents z, f32 [1, h, w, 4]
 * @returns the accepted attempt, whose prediction the caller disposes
 * @throws PredictionError when the model's output is not finite; what `signal` was aborted with
 */
export async function acceptedAttempt(
  latents: Tensor,
  iteration: number,
  context: FilterContext,
): Promise<Attempt> {
  const { threshold: first, thresholdDecayRate } = context.options;
  let threshold = first;
  for (let attempt = 0; ; attempt++) {
    context.signal?.throwIfAborted();
    const draw = context.draws.next();
    const prediction = predictAt(latents, draw, context);
    let accepted = false;
    try {
      const deviation = await gradientDeviation(prediction, iteration, draw);
      const reached = deviation >= threshold || deviation === 0;
      const exhausted = !reached && attempt === MAX_ATTEMPTS - 1;
      const verdict = { std: deviation, threshold, accepted: reached || exhausted, exhausted };
      const result = { ...draw, iteration, attempt, ...verdict, prediction };
      await context.onAttempt?.(result);
      accepted = verdict.accepted;
      if (accepted) return result;
    } finally {
      if (!accepted) prediction.dispose();
    }
    threshold *= thresholdDecayRate;
  }
}

/** Predictions for z_t = alpha_t z + sigma_t eps. */
function predictAt(
  latents: Tensor,
  { timestep, noise }: Draw,
  { schedule, predictor }: FilterContext,
): Prediction {
  const [, height, width, channels] = latents.shape;
  const noisy = scope(() => {
    const eps = tensor(noise, { shape: [1, channels!, height!, width!], device: latents.device }).permute([
      0, 2, 3, 1,
    ]);
    return latents.mul(schedule.alpha(timestep)).add(eps.mul(schedule.sigma(timestep)));
  });
  try {
    return predictor.predict(noisy, timestep);
  } finally {
    noisy.dispose();
  }
}

async function gradientDeviation(
  prediction: Prediction,
  iteration: number,
  { timestep }: Draw,
): Promise<number> {
  using deviation = keep(scope(() => std(prediction.difference, undefined, { correction: 1 })));
  const value = await deviation.item();
  if (Number.isFinite(value)) return value;
  throw new PredictionError(
    `the model's prediction at iteration ${iteration}, timestep ${timestep}, is not finite; try f32 instead of f16, and check the weights`,
  );
}
