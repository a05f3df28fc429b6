import type { StableDiffusion } from '@lusd/sd-models';
import { edit, lusd } from '../../src/index.ts';
import {
  assessEdit,
  draw,
  type EditAssessment,
  SHAPES_OPTIONS,
  type ShapesEdit,
  SIZE,
} from '../../src/shapes/index.ts';

/** Edits a drawn picture as `npm run bench:edits` does, and judges the result. @param seed of torch's CPU generator */
export async function editAndAssess(
  pipeline: StableDiffusion,
  shapesEdit: ShapesEdit,
  seed: number,
): Promise<EditAssessment> {
  const { picture, source, target } = shapesEdit;
  const image = draw(picture);
  const settings = { frame: { size: SIZE }, draws: { seed, rng: 'cpu' } } as const;
  const run = edit(pipeline, { image, source, target }, lusd(SHAPES_OPTIONS), settings);
  return assessEdit(shapesEdit, image, await run.result());
}
