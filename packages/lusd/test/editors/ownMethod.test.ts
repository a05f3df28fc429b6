import type { Image, StableDiffusion } from '@lusd/sd-models';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type NfsdOptions, nfsd } from '../../examples/editingMethod/nfsd.ts';
import { type Editor, edit, lusd } from '../../src/index.ts';
import { draw, SHAPES_EDITS } from '../../src/shapes/index.ts';
import '../support/device.ts';
import { shapesPipeline } from '../support/shapesPipeline.ts';

const { picture, source, target } = SHAPES_EDITS.tuning[0]!;
const shared = { numSteps: 2, lr: 0.02 };
const options: NfsdOptions = { ...shared, timesteps: { low: 200, high: 749 }, scale: 1 };

let pipeline: StableDiffusion;
beforeAll(async () => {
  pipeline = await shapesPipeline({ dtype: 'f32' });
});
afterAll(() => pipeline.dispose());

function edited(editor: Editor): Promise<Image> {
  const request = { image: draw(picture), source, target, targetTokens: { indices: [] } };
  return edit(pipeline, request, editor, { frame: { size: 64 }, draws: { rng: 'cpu' } }).result();
}

/** In grey levels: sums of three predictions round otherwise than the difference of two. */
function largestDifference(a: Image, b: Image): number {
  return Math.max(...Array.from(a.data, (value, i) => Math.abs(value - b.data[i]!)));
}

test('an editing method of one’s own: NFSD with a scale of 1 is LUSD without all that LUSD adds to it', async () => {
  const bare = { threshold: 0, regScale: 0, directionScale: false, tMin: 200, tMax: 750 };
  const byLusd = await edited(lusd({ ...shared, ...bare }));
  expect(largestDifference(await edited(nfsd(options)), byLusd)).toBeLessThanOrEqual(1);
  expect(largestDifference(await edited(nfsd({ ...options, scale: 7.5 })), byLusd)).toBeGreaterThan(1);
});
