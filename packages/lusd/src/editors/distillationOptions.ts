import * as v from 'valibot';
import { finite, flag, positiveInteger } from '../options.ts';
import { Descent, type DescentFacts } from './descent.ts';
import { distil, type Editor, type Problem } from './editor.ts';
import { type PartOptions, partEntries, partsOf } from './parts/partOptions.ts';
import type { Score } from './score.ts';
import { type StepOptions, stepEntries } from './stepOptions.ts';

/** The settings that all methods of score distillation but LUSD share, which has values of its own for them. */
export interface DistillationOptions extends StepOptions, PartOptions {
  /** Number of iterations. */
  readonly numSteps: number;
  /**
   * Whether it starts from latents of the distribution that the encoder gives, drawn before anything else, in place of its
   * mean. An option of SDS, PDS and SSD alone.
   */
  readonly sampleLatents?: boolean;
}

/** Defaults of a method's authors, or, where they move no latents, ours. */
export interface DescentDefaults {
  readonly numSteps: number;
  readonly lr: number;
  readonly reduction: StepOptions['reduction'];
}

/** How the shared settings are checked. */
export function distillationEntries({ numSteps, lr, reduction }: DescentDefaults) {
  return {
    numSteps: v.optional(positiveInteger, numSteps),
    ...stepEntries(lr, reduction),
    ...partEntries,
  };
}

/** Weight of classifier-free guidance, with a method's default. */
export function guidanceEntry(scale: number) {
  return { guidanceScale: v.optional(finite, scale) };
}

/** Whether a method starts from latents drawn, with its authors' default. */
export function sampleEntry(isDefault: boolean) {
  return { sampleLatents: v.optional(flag, isDefault) };
}

/** A method of score distillation with its options. */
export interface DistillationEditor<Options> extends Editor<DescentFacts> {
  readonly options: Options;
}

/**
 * The editor of a method.
 *
 * @param options parsed
 * @param score makes what descent follows, for one run
 * @throws OptionError for a value of a part of LUSD that is off
 */
export function distillationEditor<Options extends DistillationOptions>(
  name: string,
  options: Options,
  score: (problem: Problem) => Score,
): DistillationEditor<Options> {
  const { numSteps } = options;
  const settings = { ...options, parts: partsOf(options) };
  return {
    name,
    numSteps,
    usesTargetTokens: options.maskAttention,
    samplesLatents: options.sampleLatents ?? false,
    options,
    run: (problem) => distil(problem, new Descent(problem, score(problem), settings), numSteps),
  };
}
