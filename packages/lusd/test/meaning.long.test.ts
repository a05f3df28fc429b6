import type { StableDiffusion } from '@lusd/sd-models';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type EditAssessment, SHAPES_EDITS } from '../src/shapes/index.ts';
import './support/device.ts';
import { editAndAssess } from './support/shapesEdit.ts';
import { shapesPipeline } from './support/shapesPipeline.ts';

const HOUR_MS = 3_600_000;
let pipeline: StableDiffusion;

beforeAll(async () => {
  pipeline = await shapesPipeline();
});

afterAll(() => pipeline.dispose());

test(
  'of 64 edits of drawn pictures 70 % succeed, and their backgrounds stay within 4 %',
  async () => {
    const assessments: EditAssessment[] = [];
    for (const [i, edit] of SHAPES_EDITS.test.entries())
      assessments.push(await editAndAssess(pipeline, edit, i));
    const done = assessments.filter(({ success, background }) => success && background < 0.04);
    expect(assessments).toHaveLength(64);
    expect(done.length).toBeGreaterThanOrEqual(0.7 * 64);
  },
  HOUR_MS,
);
