import { scope, type Tensor } from '@lusd/tensor';
import * as v from 'valibot';
import type { Draw, LatentDraws } from '../draws.ts';
import {
  finite,
  notNegative,
  parseOptions,
  positiveInteger,
  type TimestepOptions,
  type TimestepRange,
  timestepEntries,
  timestepRange,
} from '../options.ts';
import { latentSize } from '../picture/latents.ts';
import { deviationOf } from './deviation.ts';
import {
  type Distillation,
  distil,
  type Editor,
  type Facts,
  type Problem,
  type State,
  type Verdict,
} from './editor.ts';
import { updateFactor } from './schedules.ts';

/** The settings of SDS and DDS; defaults are those of DDS's authors' program. */
export interface GuidedOptions extends TimestepOptions {
  /** Number of iterations; default 200. */
  readonly numSteps: number;
  /** Learning rate of SGD; default 0.1. */
  readonly lr: number;
  /** Weight of classifier-free guidance; default 7.5. */
  readonly guidanceScale: number;
}

/** A method of score distillation with guidance, and its options. */
export interface GuidedEditor extends Editor<Facts> {
  readonly options: GuidedOptions;
}

const entries = {
  numSteps: v.optional(positiveInteger, 200),
  lr: v.optional(notNegative, 0.1),
  guidanceScale: v.optional(finite, 7.5),
  ...timestepEntries,
};

/**
 * Descends along a gradient by SGD: every draw is accepted, and the step is lr 2000 / (h w) times the gradient, whose
 * weighting w(t) is 1.
 *
 * @param gradient [1, h, w, C] from the state of an attempt
 * @throws OptionError naming the first option that is unknown or out of range
 */
export function guidedDescent(
  name: string,
  input: Partial<GuidedOptions>,
  gradient: (state: State, options: GuidedOptions) => Tensor,
): GuidedEditor {
  const options = parseOptions(name, entries, input);
  timestepRange(options);
  const { numSteps } = options;
  return {
    name,
    numSteps,
    options,
    run: (problem) => distil(problem, new GuidedDescent(problem, options, gradient), numSteps),
  };
}

class GuidedDescent implements Distillation {
  private readonly timesteps: TimestepRange;
  private readonly stepSize: number;

  constructor(
    { source, schedule }: Problem,
    private readonly options: GuidedOptions,
    private readonly gradient: (state: State, options: GuidedOptions) => Tensor,
  ) {
    const { height, width } = latentSize(source);
    this.timesteps = timestepRange(options, schedule.length);
    this.stepSize = options.lr * updateFactor(height, width);
  }

  draw(draws: LatentDraws): Draw {
    return draws.next(this.timesteps);
  }

  async direction(state: State): Promise<Verdict<Facts>> {
    const direction = scope(() => this.gradient(state, this.options));
    try {
      return { direction, facts: { std: await deviationOf(direction, state) } };
    } catch (error) {
      direction.dispose();
      throw error;
    }
  }

  update(latents: Tensor, direction: Tensor): Tensor {
    return latents.sub(direction.mul(this.stepSize));
  }

  dispose(): void {}
}
