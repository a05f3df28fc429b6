import { AttentionHooks, type PreparedContext, type UNet2DConditionModel } from '@lusd/sd-models';
import { concat, keep, noGrad, scope, split, type Tensor } from '@lusd/tensor';
import type { AttentionMaps } from './attentionMask.ts';
import { maskRequests, meanMaps } from './maskMaps.ts';
import type { NoiseSchedule } from './noise.ts';

/** Both noise predictions of one attempt; the caller disposes it. */
export class Prediction {
  constructor(
    /** eps_hat for the target prompt minus that for the source prompt, f32 [1, h, w, 4]. */
    readonly difference: Tensor,
    /** Attention of the target prompt, where the predictor collects it. */
    readonly maps: AttentionMaps | null,
  ) {}

  dispose(): void {
    this.difference.dispose();
    this.maps?.cross.dispose();
    this.maps?.self.dispose();
  }
}

/** What the editor asks of a diffusion model. */
export interface NoisePredictor {
  /**
   * Predictions for the noisy latents z_t, f32 [1, h, w, 4], at timestep t.
   * @throws OptionError where the model has no attention at the sizes that the mask is made from
   */
  predict(noisy: Tensor, timestep: number): Prediction;
}

/** Contexts of both prompts, [1, tokens, width] each. */
export interface PromptContexts {
  readonly source: Tensor;
  readonly target: Tensor;
}

/**
 * Both predictions in one call of the UNet, a batch of [source, target], without an unconditional prompt or a guidance
 * weight. The keys and values of the cross-attention are computed once.
 */
export class UNetPredictor implements NoisePredictor {
  private readonly context: PreparedContext;

  constructor(
    private readonly unet: UNet2DConditionModel,
    private readonly schedule: NoiseSchedule,
    contexts: PromptContexts,
    /** Whether the maps for the mask are collected. */
    private readonly collectMaps: boolean,
  ) {
    this.context = noGrad(() =>
      scope(() => unet.prepareContext(concat([contexts.source, contexts.target], 0))),
    );
  }

  predict(noisy: Tensor, timestep: number): Prediction {
    const [, height, width] = noisy.shape;
    const requests = maskRequests(height!, width!);
    using hooks = new AttentionHooks(this.collectMaps ? [requests.cross, requests.self] : []);
    return noGrad(() =>
      scope(() => {
        const difference = this.difference(noisy, timestep, hooks);
        const maps = this.collectMaps ? meanMaps(hooks, requests) : null;
        return new Prediction(keep(difference), maps);
      }),
    );
  }

  dispose(): void {
    this.context.dispose();
  }

  private difference(noisy: Tensor, timestep: number, hooks: AttentionHooks): Tensor {
    const output = this.unet.forward(concat([noisy, noisy], 0), timestep, this.context, hooks);
    const [source, target] = split(output, [1, 1], 0);
    const difference = target!.sub(source!);
    if (this.schedule.predictionType === 'epsilon') return difference;
    // eps_hat = alpha_t v + sigma_t z_t: the term in z_t is the same for both prompts.
    return difference.mul(this.schedule.alpha(timestep));
  }
}
