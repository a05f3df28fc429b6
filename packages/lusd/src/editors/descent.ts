import { keep, mul, sub, type Tensor } from '@lusd/tensor';
import { Disposables } from '../disposables.ts';
import type { Draw, LatentDraws } from '../draws.ts';
import { type AttentionMaps, mapsOf } from '../mask/attentionMask.ts';
import { latentSize } from '../picture/latents.ts';
import { AdaptiveStep } from './adaptiveStep.ts';
import { Attempts } from './attempts.ts';
import { readDeviation } from './deviation.ts';
import type { Distillation, Facts, Problem, State, Verdict } from './editor.ts';
import { DeviceNumbers } from './numbers.ts';
import { AttentionMasks } from './parts/attentionMasks.ts';
import { Filter } from './parts/filter.ts';
import type { Parts } from './parts/partOptions.ts';
import { Shaping } from './parts/shaping.ts';
import { updateFactor } from './schedules.ts';
import type { Score } from './score.ts';
import type { StepOptions } from './stepOptions.ts';

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

/** What is made at the first attempt, when the target tokens are known. */
interface Begun {
  readonly masks: AttentionMasks | null;
  readonly attempts: Attempts;
  readonly shaping: Shaping;
}

/**
 * Descends along a score, by the parts that are on: filter, mask, regulariser and normalisation, in this order, as in
 * algorithm 1 of LUSD's paper (arXiv 2503.11054).
 */
export class Descent implements Distillation<DescentFacts> {
  private readonly filter: Filter;
  private readonly numbers: DeviceNumbers;
  /** What the optimizer is given as the gradient, over the direction. */
  private readonly factor: number;
  private readonly adaptive: AdaptiveStep | null;
  private begun: Begun | null = null;
  /** What the facts of the latest attempt hold. */
  private readonly shown = new Disposables();

  constructor(
    { source }: Problem,
    private readonly score: Score,
    private readonly settings: DescentSettings,
  ) {
    const { lr, optimizer, reduction, parts } = settings;
    this.filter = new Filter(parts.filter ?? NO_FILTER);
    this.numbers = new DeviceNumbers(source.device);
    const { height, width } = latentSize(source);
    this.factor = reduction === 'mean' ? updateFactor(height, width) : 1;
    this.adaptive = optimizer === 'sgd' ? null : new AdaptiveStep(optimizer, source, lr);
  }

  draw(draws: LatentDraws, iteration: number): Draw {
    return this.score.draw(draws, iteration);
  }

  async direction(state: State): Promise<Verdict<DescentFacts>> {
    this.shown.dispose();
    this.begun ??= await this.begin(state);
    const { masks, attempts, shaping } = this.begun;
    const { iteration, attempt, latents, draw, draws } = state;
    const at = { iteration, timestep: draw.timestep };
    this.numbers.set(at);
    const { gradient, deviation, maps } = attempts.make(state);

    const reading = readDeviation(deviation, at);
    draws.prepare();
    const std = await reading;
    const { accepted, ...strength } = this.filter.judge(std, attempt);
    const facts = { std, ...strength, gradient };
    if (!accepted) return { direction: null, facts: { ...facts, mask: null, maps: null } };

    const earlier = masks?.exchange(maps) ?? null;
    for (const map of mapsOf(earlier)) this.shown.add(map);
    const { direction, mask } = shaping.shape(gradient, latents, earlier);
    return { direction: keep(direction.detach()), facts: { ...facts, mask, maps: earlier } };
  }

  update(latents: Tensor, direction: Tensor): Tensor {
    const { adaptive, factor } = this;
    if (adaptive) return adaptive.step(latents, direction.mul(factor));
    return sub(latents, mul(direction, this.settings.lr * factor));
  }

  dispose(): void {
    const { attempts, shaping, masks } = this.begun ?? {};
    for (const item of [this.shown, attempts, shaping, masks, this.adaptive, this.numbers]) item?.dispose();
    this.score.dispose?.();
  }

  private async begin(problem: Problem): Promise<Begun> {
    const { score, numbers } = this;
    const { numSteps, parts } = this.settings;
    const tokens = parts.maskAttention ? (await problem.targetTokens()).indices : [];
    const { source } = problem;
    const masks =
      parts.maskAttention && tokens.length > 0
        ? new AttentionMasks(source, tokens, numSteps, parts.maskAttention.crossAttnMomentum, numbers)
        : null;
    return {
      masks,
      attempts: new Attempts(problem, score, numbers, masks !== null),
      shaping: new Shaping(source, numSteps, parts, numbers, masks),
    };
  }
}
