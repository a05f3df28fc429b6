import type { NoiseSchedule } from '@lusd/sd-models';
import { keep, scope, type Tensor } from '@lusd/tensor';
import type { Denoiser } from '../denoiser.ts';
import type { Draw, LatentDraws } from '../draws.ts';
import type { AttentionMaps } from '../mask/attentionMask.ts';
import type { EditPrompts } from '../prompts/editPrompts.ts';
import type { TargetTokens } from '../prompts/targetTokens.ts';

/** What the editing of one picture's latents starts from. Its tensors stay the caller's. */
export interface Problem {
  /** Latents of the source picture, f32 [1, h, w, C]. */
  readonly source: Tensor;
  readonly denoiser: Denoiser;
  readonly schedule: NoiseSchedule;
  readonly draws: LatentDraws;
  /** Where the picture may change, [1, h, w, 1] in [0, 1]; null for everywhere. */
  readonly userMask: Tensor | null;
  /** What the source's latents were multiplied by after encoding: the autoencoder's scaling factor. */
  readonly scalingFactor: number;
  readonly prompts: EditPrompts;
  /** Which tokens of the target prompt the edit is about; chosen when first asked for. */
  targetTokens(): Promise<TargetTokens>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * What a method reports about a step, beside what every step has. Its tensors belong to the method and are valid until
 * the next step.
 */
export interface Facts {
  /** Unbiased standard deviation of the predicted gradient; none where the method has no gradient. */
  readonly std?: number;
  /** What `std` had to reach, where weak gradients are filtered out. */
  readonly threshold?: number;
  /** True if no draw reached the threshold and the last one was accepted. */
  readonly exhausted?: boolean;
  /** The predicted gradient, f32 [1, h, w, C], where it is not the direction itself. */
  readonly gradient?: Tensor;
  /**
   * The mask that the gradient was multiplied by, or outside which latents were put back on the source's, [1, h, w, 1];
   * null if this attempt has none.
   */
  readonly mask?: Tensor | null;
  /** The attention that the mask was made from. */
  readonly maps?: AttentionMaps | null;
  /** The picture that noisy latents are predicted to be of, [1, h, w, C], which previews show; none where they are clean. */
  readonly original?: Tensor;
  /** Noisy latents of the source after the step, [1, h, w, C], where a method has a branch for it. */
  readonly sourceBranch?: Tensor;
}

/** One step, or one attempt at it. Its tensors are valid until the next one is requested. */
export interface Step<F extends Facts = Facts> {
  /** From 0. */
  readonly iteration: number;
  /** Rejected draws of the iteration before this one. */
  readonly attempt: number;
  /** Whether the latents were changed; false if the draw was rejected, and the iteration goes on. */
  readonly accepted: boolean;
  readonly timestep: number;
  /** What was drawn, f32 [1, h, w, C]; null where nothing was. */
  readonly noise: Tensor | null;
  /** Latents before the step, f32 [1, h, w, C]. */
  readonly before: Tensor;
  /** Latents after the step; the same as before it if the draw was rejected. */
  readonly latents: Tensor;
  /** Direction of an accepted step, before the user's mask, [1, h, w, C]; null where the method has none. */
  readonly direction: Tensor | null;
  readonly facts: F;
}

/** A method of editing latents, with its options; it keeps no state between runs. */
export interface Editor<F extends Facts = Facts> {
  readonly name: string;
  /** Number of iterations. */
  readonly numSteps: number;
  /** Whether it looks at the words that the edit is about; default false. */
  readonly usesTargetTokens?: boolean;
  /**
   * Whether it starts from latents of the distribution that the encoder gives, which are drawn before anything else;
   * default false: from its mean.
   */
  readonly samplesLatents?: boolean;
  /** Whether it draws more than a timestep and noise an attempt, which trajectories do not hold; default false. */
  readonly drawsMore?: boolean;
  /**
   * The steps from the source to the edited latents, which are those after the last step.
   * @throws OptionError for options that do not fit the model; PredictionError; the signal's abort reason
   */
  run(problem: Problem): AsyncGenerator<Step<F>, void>;
}

/** The problem as it stands at one attempt. */
export interface State extends Problem {
  readonly iteration: number;
  readonly attempt: number;
  /** z, f32 [1, h, w, C]. */
  readonly latents: Tensor;
  readonly draw: Draw;
}

/** The result of an attempt. */
export interface Verdict<F extends Facts> {
  /** Direction of the step, [1, h, w, C], which the caller disposes; null to draw again. */
  readonly direction: Tensor | null;
  readonly facts: F;
}

/** One run of a method of score distillation; it may keep state between attempts. */
export interface Distillation<F extends Facts = Facts> {
  /** A timestep and noise for one attempt, drawn from `draws` in the order of the method's authors. */
  draw(draws: LatentDraws, iteration: number): Draw;
  /** @throws PredictionError when a prediction is not finite */
  direction(state: State): Promise<Verdict<F>>;
  /** The latents after a step along `direction`; of the step what the user's mask admits is taken. */
  update(latents: Tensor, direction: Tensor, iteration: number): Tensor;
  /** Frees what the run still holds. */
  dispose(): void;
}

/** Score distillation: draw, find a direction, step. Takes ownership of `method`. */
export async function* distil<F extends Facts>(
  problem: Problem,
  method: Distillation<F>,
  numSteps: number,
): AsyncGenerator<Step<F>, void> {
  let latents = keep(problem.source.detach());
  try {
    for (let iteration = 0; iteration < numSteps; iteration++) {
      latents = yield* iterate(problem, method, iteration, latents);
    }
  } finally {
    latents.dispose();
    method.dispose();
    problem.draws.forget();
  }
}

/** Attempts until a draw is accepted. @returns the latents after its step */
async function* iterate<F extends Facts>(
  problem: Problem,
  method: Distillation<F>,
  iteration: number,
  before: Tensor,
): AsyncGenerator<Step<F>, Tensor> {
  for (let attempt = 0; ; attempt++) {
    problem.signal?.throwIfAborted();
    const draw = method.draw(problem.draws, iteration);
    using _noise = draw.noise;
    const { direction, facts } = await method.direction({
      ...problem,
      iteration,
      attempt,
      latents: before,
      draw,
    });
    const at = { iteration, attempt, ...draw, before };
    if (!direction) {
      yield { ...at, accepted: false, latents: before, direction, facts };
      continue;
    }
    using _direction = direction;
    const latents = stepped(problem, method, before, direction, iteration);
    let isTaken = false;
    try {
      yield { ...at, accepted: true, latents, direction, facts };
      isTaken = true;
    } finally {
      // The caller stopped: the latents before the step are still those of `distil`.
      if (!isTaken) latents.dispose();
    }
    before.dispose();
    return latents;
  }
}

function stepped<F extends Facts>(
  { userMask }: Problem,
  method: Distillation<F>,
  latents: Tensor,
  direction: Tensor,
  iteration: number,
): Tensor {
  return scope(() => {
    const after = method.update(latents, direction, iteration);
    return userMask ? latents.add(after.sub(latents).mul(userMask)) : after;
  });
}
