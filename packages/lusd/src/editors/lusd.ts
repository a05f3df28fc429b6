import { clone, scope, type Tensor } from '@lusd/tensor';
import type { Tap } from '../denoiser.ts';
import { Disposables } from '../disposables.ts';
import type { Draw, LatentDraws } from '../draws.ts';
import { type AttentionMaps, attentionMask, MaskAverage } from '../mask/attentionMask.ts';
import { maskTap } from '../mask/maskTap.ts';
import { parseOptions, type TimestepRange, timestepRange } from '../options.ts';
import { type LatentSize, latentSize } from '../picture/latents.ts';
import { deviationOf } from './deviation.ts';
import { narrowedMask, normalisedDirection, regularisedDirection } from './direction.ts';
import {
  type Distillation,
  distil,
  type Editor,
  type Facts,
  type Problem,
  type State,
  type Verdict,
} from './editor.ts';
import { type LusdOptions, lusdEntries } from './lusdOptions.ts';
import { directionScaleSchedule, narrowingSchedule, updateFactor } from './schedules.ts';

/**
 * Attempts after which an iteration accepts the last draw: the threshold is then below 5e-5 of its start. The released
 * program continues until the threshold underflows, after about 73,600 attempts.
 */
export const MAX_ATTEMPTS = 1000;

/** LUSD's facts about an attempt. */
export interface LusdFacts extends Facts {
  readonly std: number;
  /** eps_hat for the target prompt minus that for the source prompt, f32 [1, h, w, C]. */
  readonly gradient: Tensor;
  /** The threshold that `std` had to reach. */
  readonly threshold: number;
  /** True if no draw reached the threshold and the last one was accepted. */
  readonly exhausted: boolean;
  /** The mask after narrowing, [1, h, w, 1]; null if there is none. */
  readonly mask: Tensor | null;
  /** The maps that the mask was made from: those of the previous accepted attempt. */
  readonly maps: AttentionMaps | null;
}

/** LUSD with its options. */
export interface LusdEditor extends Editor<LusdFacts> {
  readonly options: LusdOptions;
}

/**
 * Localized Update Score Distillation (arXiv 2503.11054, algorithm 1, as the released program runs it).
 *
 * @param options every default is the released program's
 * @throws OptionError naming the first option that is unknown or out of range
 */
export function lusd(options: Partial<LusdOptions> = {}): LusdEditor {
  const parsed = parseOptions('lusd', lusdEntries, options);
  timestepRange(parsed);
  const { numSteps } = parsed;
  return {
    name: 'lusd',
    numSteps,
    options: parsed,
    run: (problem) => distil(problem, new Lusd(problem, parsed), numSteps),
  };
}

class Lusd implements Distillation<LusdFacts> {
  private readonly timesteps: TimestepRange;
  private readonly size: LatentSize;
  private readonly narrowing: Float64Array;
  private readonly scales: Float64Array;
  private readonly stepSize: number;
  private readonly average: MaskAverage;
  private readonly tap: Tap<AttentionMaps>;
  /** What the gradient of the next attempt must reach. */
  private threshold = 0;
  /** Of the latest accepted attempt. */
  private maps: AttentionMaps | null = null;
  /** What the facts of the latest attempt hold. */
  private readonly shown = new Disposables();

  constructor(
    { source, schedule }: Problem,
    private readonly options: LusdOptions,
  ) {
    this.timesteps = timestepRange(options, schedule.length);
    this.size = latentSize(source);
    this.narrowing = narrowingSchedule(options.numSteps);
    this.scales = directionScaleSchedule(options.numSteps, options);
    this.stepSize = options.lr * updateFactor(this.size.height, this.size.width);
    this.average = new MaskAverage(options.crossAttnMomentum);
    this.tap = maskTap(1, this.size);
  }

  draw(draws: LatentDraws): Draw {
    return draws.next(this.timesteps);
  }

  async direction(state: State): Promise<Verdict<LusdFacts>> {
    this.shown.dispose();
    const { indices } = await state.targetTokens();
    const { gradient, maps } = this.predict(state, indices.length > 0);
    const { accepted, ...strength } = await this.filter(gradient, state);
    if (!accepted) return { direction: null, facts: { ...strength, gradient, mask: null, maps: null } };

    // The mask is made from the maps of the accepted attempt before this one, as in the released program.
    const earlier = this.maps;
    this.maps = maps;
    for (const map of mapsOf(maps)) this.shown.remove(map);
    for (const map of mapsOf(earlier)) this.shown.add(map);
    const mask = earlier && this.mask(earlier, indices, state);
    const direction = this.shape(gradient, mask, state);
    return { direction, facts: { ...strength, gradient, mask, maps: earlier } };
  }

  update(latents: Tensor, direction: Tensor): Tensor {
    return latents.sub(direction.mul(this.stepSize));
  }

  dispose(): void {
    for (const item of [this.shown, this.average, ...mapsOf(this.maps)]) item.dispose();
  }

  /** g = eps_hat(z_t, target) - eps_hat(z_t, source), with neither a null prompt nor a weight w(t) */
  private predict({ denoiser, schedule, latents, draw }: State, withMaps: boolean) {
    const { timestep: t, noise: eps } = draw;
    const { gradient, maps } = scope(() => {
      const noisy = schedule.mix(latents, eps, t);
      const queries = [
        { noisy, prompt: 'source' },
        { noisy, prompt: 'target' },
      ] as const;
      const {
        noises: [source, target],
        tapped,
      } = denoiser.predict(t, queries, withMaps ? this.tap : null);
      const maps = tapped && { cross: clone(tapped.cross), self: clone(tapped.self) };
      return { gradient: target.sub(source), maps };
    });
    for (const tensor of [gradient, ...mapsOf(maps)]) this.shown.add(tensor);
    return { gradient, maps };
  }

  /**
   * Whether the gradient is strong enough: its standard deviation reaches a threshold that is reset at every
   * iteration and decays with every rejected draw (section 3.3). A gradient of zeros is taken at once, since equal
   * prompts can give no other.
   */
  private async filter(gradient: Tensor, state: State) {
    if (state.attempt === 0) this.threshold = this.options.threshold;
    const { threshold } = this;
    const std = await deviationOf(gradient, state);
    const reached = std >= threshold || std === 0;
    const exhausted = !reached && state.attempt === MAX_ATTEMPTS - 1;
    this.threshold *= this.options.thresholdDecayRate;
    return { std, threshold, exhausted, accepted: reached || exhausted };
  }

  /** The average of the masks so far, narrowed from the whole picture (section 3.2). */
  private mask(maps: AttentionMaps, tokens: readonly number[], { iteration }: State): Tensor {
    const narrowing = this.narrowing[iteration]!;
    const { height, width } = this.size;
    const mask = scope(() => {
      const average = this.average.update(attentionMask(maps, tokens, [height, width]));
      return narrowedMask(average, narrowing);
    });
    return this.shown.add(mask);
  }

  /** The gradient masked, regularised and normalised (equation 8). */
  private shape(gradient: Tensor, mask: Tensor | null, { source, latents, iteration }: State): Tensor {
    const { regScale, directionScale } = this.options;
    return scope(() => {
      const direction = regularisedDirection(gradient, mask, latents, source, regScale);
      return directionScale ? normalisedDirection(direction, this.scales[iteration]!) : direction;
    });
  }
}

function mapsOf(maps: AttentionMaps | null): Tensor[] {
  return maps ? [maps.cross, maps.self] : [];
}
