import { METHODS, type MethodName } from '@lusd/lusd';
import { SHAPES_OPTIONS } from '@lusd/lusd/shapes';
import { DEFAULT_SETTINGS, type MethodSettings } from '../../session/index.ts';

/** Options of a method that are set together. */
export interface Preset {
  readonly name: string;
  readonly text: string;
  readonly options: MethodSettings;
}

const RELEASED = DEFAULT_SETTINGS.options;

const OF_LUSD: readonly Preset[] = [
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

/** The presets of a method: its defaults, and for LUSD more. */
export function presetsOf(method: MethodName): readonly Preset[] {
  if (method === 'lusd') return OF_LUSD;
  const { title, defaults } = METHODS[method];
  return [
    { name: 'Defaults', text: `every option of ${title} as the command line has it`, options: defaults },
  ];
}
