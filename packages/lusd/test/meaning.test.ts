import type { StableDiffusion } from '@lusd/sd-models';
import { someOf } from '@lusd/testing/thorough';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SHAPES_EDITS } from '../src/shapes/index.ts';
import './support/device.ts';
import { editAndAssess } from './support/shapesEdit.ts';
import { shapesPipeline } from './support/shapesPipeline.ts';

// All 64 are in meaning.long.test.ts.
const KINDS = ['recolour', 'replace', 'hat', 'insert'] as const;
let pipeline: StableDiffusion;

beforeAll(async () => {
  pipeline = await shapesPipeline();
});

afterAll(() => pipeline.dispose());

test.each(someOf(KINDS, 1))(
  '%s: the first edit of its kind does what it says and leaves the background',
  async (kind) => {
    const i = SHAPES_EDITS.test.findIndex((edit) => edit.kind === kind);
    const { success, background } = await editAndAssess(pipeline, SHAPES_EDITS.test[i]!, i);
    expect(success).toBe(true);
    expect(background).toBeLessThan(0.04);
  },
);
