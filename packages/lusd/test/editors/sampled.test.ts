import type { Image, Mask, StableDiffusion } from '@lusd/sd-models';
import { someOf } from '@lusd/testing/thorough';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  ddimInversion,
  directInversion,
  type Editor,
  type EditSettings,
  edit,
  editFriendly,
  masactrl,
  negativePromptInversion,
  p2p,
  plugAndPlay,
  sdedit,
} from '../../src/index.ts';
import { meanAbsoluteDifference } from '../../src/metrics/index.ts';
import { draw, SHAPES_EDITS } from '../../src/shapes/index.ts';
import { device } from '../support/device.ts';
import { recordingsOf } from '../support/recordings.ts';
import { shapesPipeline } from '../support/shapesPipeline.ts';

// The shapes model has 7 transformers.
const EDITORS: readonly Editor[] = [
  sdedit({ numSteps: 4, strength: 0.5 }),
  ddimInversion({ numSteps: 3 }),
  negativePromptInversion({ numSteps: 3 }),
  p2p({ numSteps: 3, blendTargetWords: ['yellow'], blendDownscale: 2 }),
  directInversion({ numSteps: 3 }),
  masactrl({ numSteps: 3, startStep: 1, startLayer: 3 }),
  plugAndPlay({ numSteps: 3, inversionSteps: 3 }),
  editFriendly({ numSteps: 4, skip: 1 }),
];

const { picture, source, target } = SHAPES_EDITS.tuning[0]!;
const image = draw(picture);
const SIDE = 64;
const frame = { size: SIDE };

let pipeline: StableDiffusion;
beforeAll(async () => {
  pipeline = await shapesPipeline({ dtype: 'f16' });
  // The model keeps some tensors from its first pass on.
  await start(sdedit({ numSteps: 1, strength: 1 })).result();
});
afterAll(() => pipeline.dispose());

function start(editor: Editor, settings: EditSettings = {}, mask?: Mask) {
  const request = { image, source, target, mask };
  return edit(pipeline, request, editor, { frame, draws: { rng: 'cpu' }, ...settings });
}

describe.each(
  someOf(
    recordingsOf(
      EDITORS.map((editor) => [editor.name, editor] as const),
      3,
    ),
    3,
  ),
)('%s', (_, editor) => {
  test('runs an edit: as many steps as it says, with a preview of the picture at each', async () => {
    const before = device.memory().liveBuffers;
    const run = start(editor, { previews: { every: 1 } });
    const previews: Image[] = [];
    for await (const { iteration, preview } of run) {
      expect(iteration).toBe(previews.length);
      previews.push(preview!);
    }
    expect(previews.length).toBe(editor.numSteps);
    expect(previews.at(-1)).toEqual(await run.result());
    expect(device.memory().liveBuffers).toBe(before);
  });

  test('frees all when it is stopped at any step', async () => {
    const before = device.memory().liveBuffers;
    for (const last of [0, editor.numSteps - 1]) {
      for await (const { iteration } of start(editor)) if (iteration === last) break;
      expect(device.memory().liveBuffers).toBe(before);
    }
  });

  test('outside the user’s mask leaves the latents of the source', async () => {
    const black = {
      width: image.width,
      height: image.height,
      data: new Uint8Array(image.width * image.height),
    };
    const kept = await start(editor, {}, black).result();
    const same = await start(editor, {}, black).source;
    expect(meanAbsoluteDifference(kept.data, same.data)).toBeLessThan(0.05);
  });
});

test('previews show the picture that noisy latents are predicted to be of', async () => {
  const editor = editFriendly({ numSteps: 4, skip: 1 });
  const bare: Editor = {
    ...editor,
    async *run(problem) {
      for await (const step of editor.run(problem)) yield { ...step, facts: {} };
    },
  };
  /** How far the first preview, whose latents are half noise, is from the source. */
  const distance = async (of: Editor) => {
    const run = start(of, { previews: { every: 1 } });
    for await (const { preview } of run) return meanAbsoluteDifference(preview!.data, run.source.data);
    throw new Error('there is no step');
  };
  expect(await distance(editor)).toBeLessThan(await distance(bare));
});
