import { dds, type Editor, type LusdOptions, lusd, type TokenChoice } from '@lusd/lusd';
import { SHAPES_OPTIONS } from '@lusd/lusd/shapes';

/** What a row of the table differs in from LUSD at the settings for the shapes model. */
export type Settings = Readonly<Record<string, number | boolean>>;

/** A way of editing, with the settings it may choose from. */
export interface Method {
  /** Also used as the name of its files. */
  readonly name: string;
  readonly title: string;
  /** If more than one, the best on the tuning edits is taken. */
  readonly candidates: readonly Settings[];
  readonly targetTokens?: TokenChoice;
  editor(settings: Settings): Editor;
}

const { numSteps, tMin, tMax } = SHAPES_OPTIONS;
const lusdWith = (settings: Partial<LusdOptions>) => lusd({ ...SHAPES_OPTIONS, ...settings });

export const METHODS: readonly Method[] = [
  { name: 'lusd', title: 'LUSD', candidates: [{}], editor: lusdWith },
  { name: 'mask-off', title: 'mask off', candidates: [{}], targetTokens: { indices: [] }, editor: lusdWith },
  { name: 'filter-off', title: 'filter off', candidates: [{ threshold: 0 }], editor: lusdWith },
  {
    name: 'normalisation-off',
    title: 'normalisation off',
    candidates: grid({ directionScale: [false], lr: [0.1, 0.3] }),
    editor: lusdWith,
  },
  {
    name: 'dds',
    title: 'DDS',
    candidates: grid({ guidanceScale: [3, 7.5], lr: [0.02, 0.06] }),
    editor: (settings) => dds({ numSteps, tMin, tMax, ...settings }),
  },
];

/** Every combination of the values. */
function grid(axes: Readonly<Record<string, readonly (number | boolean)[]>>): readonly Settings[] {
  return Object.entries(axes).reduce<readonly Settings[]>(
    (settings, [key, values]) => settings.flatMap((one) => values.map((value) => ({ ...one, [key]: value }))),
    [{}],
  );
}
