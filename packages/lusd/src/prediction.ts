import { AttentionHooks, type PreparedContext, type UNet2DConditionModel } from '@lusd/sd-models';
import {
  CapturedFunction,
  clone,
  concat,
  keep,
  noGrad,
  scope,
  split,
  type Tensor,
  tensor,
} from '@lusd/tensor';
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
 * weight. The keys and values of the cross-attention are computed once, and the call is captured: its latents keep
 * one shape.
 */
export class UNetPredictor implements NoisePredictor {
  private readonly context: PreparedContext;
  private readonly step = new CapturedFunction((noisy: Tensor, timestep: Tensor) =>
    this.forward(noisy, timestep),
  );

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
    return noGrad(() =>
      scope(() => {
        const { difference, maps } = this.step.call(noisy, tensor([timestep], { device: noisy.device }));
        return new Prediction(
          keep(difference.mul(this.scale(timestep))),
          maps && { cross: keep(clone(maps.cross)), self: keep(clone(maps.self)) },
        );
      }),
    );
  }

  dispose(): void {
    this.step.dispose();
    this.context.dispose();
  }

  /** The target's output minus the source's, and the maps; overwritten by the next call. */
  private forward(noisy: Tensor, timestep: Tensor): { difference: Tensor; maps: AttentionMaps | null } {
    const [, height, width] = noisy.shape;
    const requests = maskRequests(height!, width!);
    using hooks = new AttentionHooks(this.collectMaps ? [requests.cross, requests.self] : []);
    const output = this.unet.forward(concat([noisy, noisy], 0), timestep, this.context, hooks);
    const [source, target] = split(output, [1, 1], 0);
    const maps = this.collectMaps ? meanMaps(hooks, requests) : null;
    return { difference: target!.sub(source!), maps };
  }

  /** From a difference of outputs to one of noises: eps_hat = alpha_t v + sigma_t z_t, whose last term both share. */
  private scale(timestep: number): number {
    return this.schedule.predictionType === 'epsilon' ? 1 : this.schedule.alpha(timestep);
  }
}
