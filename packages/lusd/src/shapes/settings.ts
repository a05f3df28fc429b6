import type { LusdOptions } from '../editors/lusdOptions.ts';

/**
 * Settings of LUSD for the shapes model: the released program's are made for latents of 64 x 64 and unit deviation,
 * and the shapes model's are 32 x 32 with a deviation of a half, so that the same step would be eight times as large;
 * its predictions differ more, so that the filter's threshold is ten times as high. How they were found is described
 * in docs/edits.md.
 */
export const SHAPES_OPTIONS = {
  numSteps: 20,
  lr: 0.2,
  regScale: 0.25,
  tMin: 200,
  tMax: 750,
  threshold: 0.1,
  thresholdDecayRate: 0.85,
} as const satisfies Partial<LusdOptions>;
