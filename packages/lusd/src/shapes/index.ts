export { assessEdit, type EditAssessment } from './assess.ts';
export { DEMO_EDITS, type DemoEdit } from './demoEdits.ts';
export { SHAPES, type Shape } from './distances.ts';
export { type EditKind, SHAPES_EDITS, type ShapesEdit, type WantedThing } from './edits.ts';
export { judge, type Verdict } from './judge.ts';
export type { Place } from './pixels.ts';
export { SHAPES_OPTIONS } from './settings.ts';
export {
  COLOURS,
  type Colour,
  caption,
  draw,
  type Picture,
  SCENES,
  type SceneName,
  SIZE,
  type Thing,
} from './world.ts';
