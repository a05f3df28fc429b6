import { fileURLToPath } from 'node:url';
import { edit, lusd } from '@lusd/lusd';
import { draw, SHAPES_EDITS, SHAPES_OPTIONS } from '@lusd/lusd/shapes';
import { loadStableDiffusion } from '@lusd/sd-models/node';
import type { Prepared } from './library.ts';

const WEIGHTS = fileURLToPath(new URL('../../weights/shapes/', import.meta.url));

/** An edit of the shapes model, whose result is the picture, 0 to 1; `numSteps` calls of the UNet, since no draw is rejected. */
export async function prepareEdit(numSteps: number, dtype: 'f32' | 'f16'): Promise<Prepared> {
  const pipeline = await loadStableDiffusion(WEIGHTS, { dtype });
  const { picture, source, target } = SHAPES_EDITS.tuning[0]!;
  const request = { image: draw(picture), source, target };
  const editor = lusd({ ...SHAPES_OPTIONS, numSteps, threshold: 0 });
  const frame = { size: request.image.width };
  const run = () => edit(pipeline, request, editor, { frame }).result();
  return {
    run: async () => void (await run()),
    output: async () => Float32Array.from((await run()).data, (byte) => byte / 255),
    dispose: () => pipeline.dispose(),
  };
}
