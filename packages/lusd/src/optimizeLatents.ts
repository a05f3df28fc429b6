import { keep, scope, type Tensor } from '@lusd/tensor';
import { type AttentionMaps, attentionMask, MaskAverage } from './attentionMask.ts';
import { narrowedMask, normalisedDirection, regularisedDirection } from './direction.ts';
import { type Attempt, acceptedAttempt, type FilterContext } from './gradientFilter.ts';
import type { EditOptions } from './options.ts';
import { directionScaleSchedule, narrowingSchedule, updateFactor } from './schedules.ts';

/** What the optimisation of one picture starts from. */
export interface LatentProblem extends Omit<FilterContext, 'options'> {
  /** Latents of the source picture, f32 [1, h, w, 4]. */
  readonly source: Tensor;
  readonly options: EditOptions;
  /** Positions of the target tokens that the mask is made from; empty for no mask. */
  readonly targetTokens: readonly number[];
  /** Where the picture may change, [1, h, w, 1] in [0, 1]; null for everywhere. */
  readonly userMask: Tensor | null;
}

/** One accepted iteration. Its tensors are valid until the next one is asked for. */
export interface LatentStep {
  readonly iteration: number;
  /** The accepted attempt; `attempt.attempt` counts the refused ones before it. */
  readonly attempt: Attempt;
  /** z before and after the step, f32 [1, h, w, 4]. */
  readonly before: Tensor;
  readonly latents: Tensor;
  /** Mask after narrowing, [1, h, w, 1]; null where there is none. */
  readonly mask: Tensor | null;
  /** The maps that the mask was made from: those of the previous accepted attempt. */
  readonly maps: AttentionMaps | null;
  /** Normalised direction, before the user's mask, [1, h, w, 4]. */
  readonly direction: Tensor;
}

/**
 * LUSD on latents (algorithm 1 of the paper, as the released program runs it): draw, predict, filter, mask,
 * normalise, step. The source stays the caller's.
 *
 * @returns the edited latents, f32 [1, h, w, 4], which the caller disposes
 * @throws PredictionError, and what the signal was aborted with
 */
export async function* optimizeLatents(problem: LatentProblem): AsyncGenerator<LatentStep, Tensor> {
  const { source, options } = problem;
  const { numSteps, regScale, lr, directionScale } = options;
  const narrowing = narrowingSchedule(numSteps);
  const scales = directionScaleSchedule(numSteps, options);
  const stepSize = lr * updateFactor(source.shape[1]!, source.shape[2]!);
  const masks = new MaskAverage(options.crossAttnMomentum);

  let latents = keep(source.detach());
  let previous: Attempt | null = null;
  let attempt: Attempt | null = null;
  try {
    for (let k = 0; k < numSteps; k++) {
      attempt = await acceptedAttempt(latents, k, problem);
      const { difference } = attempt.prediction;
      const maps = previous?.prediction.maps ?? null;
      const { mask, direction, after } = scope(() => {
        const mask =
          maps && problem.targetTokens.length > 0 ? maskAt(maps, narrowing[k]!, problem, masks) : null;
        const raw = regularisedDirection(difference, mask, latents, source, regScale);
        const direction = directionScale ? normalisedDirection(raw, scales[k]!) : raw;
        const applied = problem.userMask ? direction.mul(problem.userMask) : direction;
        return { mask, direction, after: latents.sub(applied.mul(stepSize)) };
      });
      for (const tensor of [mask, direction, after]) if (tensor) keep(tensor);
      const before = latents;
      latents = after;
      try {
        yield { iteration: k, attempt, before, latents, mask, maps, direction };
      } finally {
        for (const tensor of [mask, direction, before]) tensor?.dispose();
      }
      previous?.prediction.dispose();
      [previous, attempt] = [attempt, null];
    }
    return keep(latents.detach());
  } finally {
    for (const held of [latents, previous?.prediction, attempt?.prediction, masks]) held?.dispose();
  }
}

function maskAt(
  maps: AttentionMaps,
  narrowing: number,
  { source, targetTokens }: LatentProblem,
  masks: MaskAverage,
): Tensor {
  const [, height, width] = source.shape;
  const mask = attentionMask(maps, targetTokens, [height!, width!]);
  return narrowedMask(masks.update(mask), narrowing);
}
