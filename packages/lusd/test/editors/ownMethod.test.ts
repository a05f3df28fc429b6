import type { Image, StableDiffusion } from '@lusd/sd-models';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CsdOptions, csd } from '../../examples/editingMethod/csd.ts';
import { type Editor, edit, lusd } from '../../src/index.ts';
import { draw, SHAPES_EDITS } from '../../src/shapes/index.ts';
import '../support/device.ts';
import { shapesPipeline } from '../support/shapesPipeline.ts';

const { picture, source, target } = SHAPES_EDITS.tuning[0]!;
const shared = { numSteps: 2, lr: 0.02 };
const options: CsdOptions = { ...shared, timesteps: { low: 200, high: 749 } };

let pipeline: StableDiffusion;
beforeAll(async () => {
  pipeline = await shapesPipeline({ dtype: 'f32' });
});
afterAll(() => pipeline.dispose());

function edited(editor: Editor): Promise<Image> {
  const request = { image: draw(picture), source, target, targetTokens: { indices: [] } };
  return edit(pipeline, request, editor, { frame: { size: 64 }, draws: { rng: 'cpu' } }).result();
}

test('an editing method of one’s own: CSD with a weight of 1 is LUSD without all that LUSD adds to it', async () => {
  const bare = { threshold: 0, regScale: 0, directionScale: false, tMin: 200, tMax: 750 };
  const byLusd = await edited(lusd({ ...shared, ...bare }));
  expect(await edited(csd({ ...options, weight: () => 1 }))).toEqual(byLusd);
  expect(await edited(csd(options))).not.toEqual(byLusd);
});
