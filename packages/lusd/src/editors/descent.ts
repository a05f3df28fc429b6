import { keep, mul, scope, sub, type Tensor } from '@lusd/tensor';
import { Disposables } from '../disposables.ts';
import type { Draw, LatentDraws } from '../draws.ts';
import type { AttentionMaps } from '../mask/attentionMask.ts';
import { latentSize } from '../picture/latents.ts';
import { AdaptiveStep } from './adaptiveStep.ts';
import { deviationOf } from './deviation.ts';
import type { Distillation, Facts, Problem, State, Verdict } from './editor.ts';
import { AttentionMasks } from './parts/attentionMasks.ts';
import { Filter } from './parts/filter.ts';
import { Normalisation } from './parts/normalisation.ts';
import type { Parts } from './parts/partOptions.ts';
import { regularisedDirection } from './parts/regulariser.ts';
import { updateFactor } from './schedules.ts';
import type { StepOptions } from './stepOptions.ts';

/** One run of a method, as descent sees it: what it draws, and the gradient that follows. */
export interface Score {
  /** In the order in which the authors' program draws. */
  draw(draws: LatentDraws, iteration: number): Draw;
  /** What the latents descend along, f32 [1, h, w, C]; called in a scope. */
  gradient(state: State): Tensor;
  /** Frees what the run still holds. */
  dispose?(): void;
}

/** What descent needs besides a score. */
export interface DescentSettings extends StepOptions {
  readonly numSteps: number;
  readonly parts: Parts;
}

/** The facts about an attempt of any method of score distillation. */
export interface DescentFacts extends Facts {
  readonly std: number;
  readonly gradient: Tensor;
  /** The threshold that `std` had to reach; 0 without a filter. */
  readonly threshold: number;
  readonly exhausted: boolean;
  /** The mask after narrowing, [1, h, w, 1]; null if there is none. */
  readonly mask: Tensor | null;
  /** The maps that the mask was made from: those of the previous accepted attempt. */
  readonly maps: AttentionMaps | null;
}

const NO_FILTER = { threshold: 0, thresholdDecayRate: 1 };
const NO_MASK = { mask: null, maps: null };

/**
 * Descends along a score, by the parts that are on: filter, mask, regulariser and normalisation, in this order, as in
 * algorithm 1 of LUSD's paper (arXiv 2503.11054).
 */
export class Descent implements Distillation<DescentFacts> {
  private readonly filter: Filter;
  private readonly masks: AttentionMasks | null;
  private readonly normalisation: Normalisation | null;
  /** What the optimizer is given as the gradient, over the direction. */
  private readonly factor: number;
  private readonly adaptive: AdaptiveStep | null;
  /** What the facts of the latest attempt hold. */
  private readonly shown = new Disposables();

  constructor(
    { source }: Problem,
    private readonly score: Score,
    private readonly settings: DescentSettings,
  ) {
    const { numSteps, parts } = settings;
    const { filter, maskAttention, normalise } = parts;
    this.filter = new Filter(filter ?? NO_FILTER);
    this.masks = maskAttention && new AttentionMasks(source, numSteps, maskAttention.crossAttnMomentum);
    this.normalisation = normalise && new Normalisation(numSteps, normalise);
    const { lr, optimizer, reduction } = settings;
    const { height, width } = latentSize(source);
    this.factor = reduction === 'mean' ? updateFactor(height, width) : 1;
    this.adaptive = optimizer === 'sgd' ? null : new AdaptiveStep(optimizer, source, lr);
  }

  draw(draws: LatentDraws, iteration: number): Draw {
    return this.score.draw(draws, iteration);
  }

  async direction(state: State): Promise<Verdict<DescentFacts>> {
    this.shown.dispose();
    const tokens = this.masks ? (await state.targetTokens()).indices : [];
    const masks = tokens.length > 0 ? this.masks : null;
    const denoiser = masks?.listen(state.denoiser) ?? state.denoiser;
    const gradient = this.shown.add(keep(scope(() => this.score.gradient({ ...state, denoiser }))));

    const std = await deviationOf(gradient, state);
    const { accepted, ...strength } = this.filter.judge(std, state.attempt);
    if (!accepted) return { direction: null, facts: { std, ...strength, gradient, ...NO_MASK } };

    const { mask, maps } = masks?.accept(tokens, state) ?? NO_MASK;
    const direction = this.shape(gradient, mask, state);
    return { direction, facts: { std, ...strength, gradient, mask, maps } };
  }

  update(latents: Tensor, direction: Tensor): Tensor {
    const { adaptive, factor } = this;
    if (adaptive) return adaptive.step(latents, direction.mul(factor));
    return sub(latents, mul(direction, this.settings.lr * factor));
  }

  dispose(): void {
    for (const item of [this.shown, this.masks, this.adaptive]) item?.dispose();
    this.score.dispose?.();
  }

  /** The gradient masked, regularised and normalised (equation 8). */
  private shape(gradient: Tensor, mask: Tensor | null, { source, latents, iteration }: State): Tensor {
    const { regularise } = this.settings.parts;
    return scope(() => {
      let direction = mask ? gradient.mul(mask) : gradient.detach();
      if (regularise) direction = regularisedDirection(direction, latents, source, regularise.regScale);
      return this.normalisation?.apply(direction, iteration) ?? direction;
    });
  }
}
