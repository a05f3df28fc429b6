import type { EditOptions } from '../options.ts';

/**
 * Settings of an edit for the shapes model: the released program's are made for latents of 64 x 64 and unit deviation,
 * and the shapes model's are 32 x 32 with a deviation of a half, so that the same step would be eight times as large.
 * How they were found is told in docs/edits.md.
 */
export const SHAPES_OPTIONS = { numSteps: 30, lr: 0.1, tMax: 750 } as const satisfies Partial<EditOptions>;
