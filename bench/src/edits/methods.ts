import {
  dds,
  type LusdOptions,
  lusd,
  METHODS,
  type MethodEditor,
  type MethodName,
  type TokenChoice,
} from '@lusd/lusd';
import { SHAPES_OPTIONS } from '@lusd/lusd/shapes';

/** What a row of the table differs in from the defaults, or from LUSD at the settings for the shapes model. */
export type Settings = Readonly<Record<string, number | boolean>>;

/** A way of editing, with the settings it may choose from. */
export interface Method {
  /** Also used as the name of its files. */
  readonly name: string;
  readonly title: string;
  /** If more than one, the best on the tuning edits is taken. */
  readonly candidates: readonly Settings[];
  /** Settings beside every candidate, where they are not LUSD's for the shapes model. */
  readonly fixed?: Settings;
  readonly targetTokens?: TokenChoice;
  editor(settings: Settings): MethodEditor;
}

const { numSteps, tMin, tMax, threshold, thresholdDecayRate, regScale } = SHAPES_OPTIONS;
const lusdWith = (settings: Partial<LusdOptions>) => lusd({ ...SHAPES_OPTIONS, ...settings });

/** LUSD, and LUSD without each of its parts. */
const LUSD: readonly Method[] = [
  { name: 'lusd', title: 'LUSD', candidates: [{}], editor: lusdWith },
  { name: 'mask-off', title: 'mask off', candidates: [{}], targetTokens: { indices: [] }, editor: lusdWith },
  { name: 'filter-off', title: 'filter off', candidates: [{ threshold: 0 }], editor: lusdWith },
  {
    name: 'normalisation-off',
    title: 'normalisation off',
    candidates: grid({ directionScale: [false], lr: [0.1, 0.3] }),
    editor: lusdWith,
  },
];

const DDS: Method = {
  name: 'dds',
  title: 'DDS',
  candidates: grid({ guidanceScale: [3, 7.5], lr: [0.02, 0.06] }),
  editor: (settings) => dds({ numSteps, tMin, tMax, ...settings }),
};

/** LUSD's range, as a share of the 1,000 timesteps of training. */
const SHARE = { minStepRatio: tMin / 1000, maxStepRatio: tMax / 1000 };
const RANGE = { tMin, tMax };

// Each has four candidates: two learning rates, three times apart, by two values of the weight that matters most.
const OTHERS: readonly Method[] = [
  other('sds', RANGE, grid({ guidanceScale: [3, 7.5], lr: [0.02, 0.06] })),
  // The released weight, and what it is beside DDS's direction in the released latents of 64 x 64, of which ours are a 16th.
  other('cds', RANGE, grid({ cutWeight: [3, 48], lr: [0.02, 0.06] })),
  other('ids', RANGE, grid({ guidanceScale: [3, 7.5], lr: [0.02, 0.06] })),
  other('pds', SHARE, grid({ guidanceScale: [30, 100], lr: [0.1, 0.3] })),
  other('csd', RANGE, [
    // Away from no prompt, as the released class does, and away from the source, as the paper's edits do.
    ...grid({ uncondScale: [0], nullScale: [-1], lr: [1.3, 4] }),
    ...grid({ uncondScale: [-1], nullScale: [0], lr: [1.3, 4] }),
  ]),
  other('ssd', SHARE, grid({ guidanceScale: [3.75, 7.5], lr: [0.1, 0.3] })),
  {
    ...other(
      'dds',
      {
        ...RANGE,
        ...{ filter: true, threshold, thresholdDecayRate },
        ...{ maskAttention: true, normalise: true, regularise: true, regScale },
      },
      grid({ guidanceScale: [3, 7.5], lr: [0.06, 0.2] }),
    ),
    name: 'dds-parts',
    title: "DDS with LUSD's parts",
  },
];

export const METHODS_MEASURED: readonly Method[] = [...LUSD, DDS, ...OTHERS];

/** A method with LUSD's number of iterations. */
function other(name: MethodName, own: Settings, candidates: readonly Settings[]): Method {
  const { title, make } = METHODS[name];
  const fixed = { numSteps, ...own };
  return { name, title, candidates, fixed, editor: (settings) => make({ ...fixed, ...settings }) };
}

/** Every combination of the values. */
function grid(axes: Readonly<Record<string, readonly (number | boolean)[]>>): readonly Settings[] {
  return Object.entries(axes).reduce<readonly Settings[]>(
    (settings, [key, values]) => settings.flatMap((one) => values.map((value) => ({ ...one, [key]: value }))),
    [{}],
  );
}
