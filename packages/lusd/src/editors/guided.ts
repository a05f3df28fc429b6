import { type TimestepOptions, timestepEntries } from '../options.ts';
import { type DistillationOptions, distillationEntries, guidanceEntry } from './distillationOptions.ts';

/** The settings of DDS and of what builds on it; defaults are those of DDS's authors' program. */
export interface GuidedOptions extends DistillationOptions, TimestepOptions {
  /** Number of iterations; default 200. */
  readonly numSteps: number;
  /** Learning rate; default 0.1. */
  readonly lr: number;
  /** Weight of classifier-free guidance; default 7.5. */
  readonly guidanceScale: number;
}

/** How each of {@link GuidedOptions} is checked, and its default. */
export const guidedEntries = {
  ...distillationEntries({ numSteps: 200, lr: 0.1, reduction: 'mean' }),
  ...guidanceEntry(7.5),
  ...timestepEntries,
};
