import type { LusdOptions } from '@lusd/lusd';
import { SHAPES_OPTIONS } from '@lusd/lusd/shapes';
import { DEFAULT_SETTINGS } from '../../session/index.ts';

/** Options that are set together. */
export interface Preset {
  readonly name: string;
  readonly text: string;
  readonly options: LusdOptions;
}

const RELEASED = DEFAULT_SETTINGS.options;

export const PRESETS: readonly Preset[] = [
  {
    name: 'Released',
    text: 'the defaults of the released program, for Stable Diffusion 1.5',
    options: RELEASED,
  },
  {
    name: 'First look',
    text: 'a third of the steps, each three times as long: the same way in coarser steps',
    options: { ...RELEASED, numSteps: 100, lr: 3 },
  },
  {
    name: 'Closer to the source',
    text: 'smaller directions and a stronger pull back to the source',
    options: { ...RELEASED, regScale: 0.05, dsHigh: 0.1 },
  },
  {
    name: 'Stronger',
    text: 'larger directions and a weaker pull back to the source',
    options: { ...RELEASED, regScale: 0.01, dsHigh: 0.25 },
  },
  {
    name: 'Shapes',
    text: 'for the shapes model, whose latents are smaller',
    options: { ...RELEASED, ...SHAPES_OPTIONS },
  },
];
