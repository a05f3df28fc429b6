import { type EditOptions, edit, parseEditOptions } from '@lusd/lusd';
import { draw, SHAPES_OPTIONS, type ShapesEdit, SIZE } from '@lusd/lusd/shapes';
import type { Image, StableDiffusion } from '@lusd/sd-models';
import { ddsEdit } from './dds.ts';

/** What a row of the table differs in from LUSD at the settings for the shapes model. */
export type Settings = Readonly<Record<string, number | boolean>>;

/** A way of editing, with the settings it may choose from. */
export interface Method {
  /** Also the name of its files. */
  readonly name: string;
  readonly title: string;
  /** If more than one, the best on the tuning edits is taken. */
  readonly candidates: readonly Settings[];
  run(pipeline: StableDiffusion, edit: ShapesEdit, seed: number, settings: Settings): Promise<Image>;
}

const LUSD_OPTIONS = parseEditOptions(SHAPES_OPTIONS);

export const METHODS: readonly Method[] = [
  lusd('lusd', 'LUSD', [{}]),
  lusd('mask-off', 'mask off', [{}], { indices: [] }),
  lusd('filter-off', 'filter off', [{ threshold: 0 }]),
  lusd('normalisation-off', 'normalisation off', grid({ directionScale: [false], lr: [0.1, 0.3] })),
  {
    name: 'dds',
    title: 'DDS',
    candidates: grid({ guidanceScale: [3, 7.5], lr: [0.02, 0.06] }),
    run: (pipeline, { picture, source, target }, seed, settings) =>
      ddsEdit(pipeline, {
        ...LUSD_OPTIONS,
        ...(settings as { guidanceScale: number; lr: number }),
        image: draw(picture),
        source,
        target,
        seed,
      }),
  },
];

function lusd(
  name: string,
  title: string,
  candidates: readonly (Settings & Partial<EditOptions>)[],
  targetTokens = {},
): Method {
  return {
    name,
    title,
    candidates,
    async run(pipeline, { picture, source, target }, seed, settings) {
      const image = draw(picture);
      const options = { ...SHAPES_OPTIONS, ...settings, targetTokens, seed, rng: 'cpu', size: SIZE } as const;
      const running = await edit(pipeline, { ...options, image, source, target });
      return (await running.result()).image;
    },
  };
}

/** Every combination of the values. */
function grid(axes: Readonly<Record<string, readonly (number | boolean)[]>>): readonly Settings[] {
  return Object.entries(axes).reduce<readonly Settings[]>(
    (settings, [key, values]) => settings.flatMap((one) => values.map((value) => ({ ...one, [key]: value }))),
    [{}],
  );
}
