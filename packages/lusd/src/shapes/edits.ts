import * as v from 'valibot';
import { SHAPES, type Shape } from './distances.ts';
import edits from './edits.json' with { type: 'json' };
import { COLOURS, type Colour, type Picture, SCENES } from './world.ts';

/** What a drawn picture should be turned into: another colour, another shape, a hat put on, a second thing. */
export type EditKind = 'recolour' | 'replace' | 'hat' | 'insert';

/** A thing that the result must show, anywhere. */
export interface WantedThing {
  readonly shape: Shape;
  readonly colour: Colour;
  readonly hat?: Colour;
}

/** An edit of a drawn picture. */
export interface ShapesEdit {
  readonly kind: EditKind;
  /** Prompts. */
  readonly source: string;
  readonly target: string;
  readonly picture: Picture;
  readonly wanted: readonly WantedThing[];
}

const shape = v.picklist(SHAPES);
const colour = v.picklist(Object.keys(COLOURS) as Colour[]);
const scene = v.picklist(Object.keys(SCENES) as (keyof typeof SCENES)[]);
const thing = v.strictObject({ shape, colour, x: v.number(), y: v.number(), r: v.number() });
const edit = v.strictObject({
  kind: v.picklist(['recolour', 'replace', 'hat', 'insert']),
  source: v.string(),
  target: v.string(),
  picture: v.strictObject({ scene, horizon: v.number(), things: v.array(thing) }),
  wanted: v.array(v.strictObject({ shape, colour, hat: v.exactOptional(colour) })),
});

/**
 * Edits to measure editors with: 16 to choose settings with, and 64 others to test with. The rule they were drawn by
 * is in reference/shapes/edit_cases.py.
 */
export const SHAPES_EDITS: { readonly [set in 'tuning' | 'test']: readonly ShapesEdit[] } = v.parse(
  v.strictObject({ tuning: v.array(edit), test: v.array(edit) }),
  edits,
);
