export { assessEdit, type EditAssessment } from './assess.ts';
export type { Shape } from './distances.ts';
export { type EditKind, SHAPES_EDITS, type ShapesEdit, type WantedThing } from './edits.ts';
export { judge, type Verdict } from './judge.ts';
export { SHAPES_OPTIONS } from './settings.ts';
export { type Colour, caption, draw, type Picture, type SceneName, SIZE, type Thing } from './world.ts';
