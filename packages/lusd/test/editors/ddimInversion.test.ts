import { describe, expect, test } from 'vitest';
import { ddimInversion, type Editor, negativePromptInversion } from '../../src/index.ts';
import '../support/device.ts';
import { readGolden } from '../support/goldenFiles.ts';
import { goldenPipeline } from '../support/goldenModel.ts';
import { expectRecorded, goldenProblem } from '../support/goldenProblem.ts';
import { recordingsOf } from '../support/recordings.ts';

interface InversionCase {
  readonly prompts: { readonly source: string; readonly target: string };
  readonly steps: number;
  readonly parameters: { readonly guidance_scale: number };
}

const run = await readGolden<InversionCase>('editors/ddim_inversion');
const { prompts, steps, parameters } = run.record;
const options = { numSteps: steps, guidanceScale: parameters.guidance_scale };

// The recording reconstructs the picture: its source prompt is the target too.
const RECORDED: readonly (readonly [string, Editor, string])[] = [
  ['ddimInversion', ddimInversion(options), 'plain'],
  ['negativePromptInversion', negativePromptInversion(options), 'npi'],
];

describe.each(recordingsOf(RECORDED))('%s', (_, editor, name) => {
  test('goes up to the recorded noise and down to the recorded reconstruction', async () => {
    using pipeline = await goldenPipeline('editors/p2p_refine');
    const same = { source: prompts.source, target: prompts.source };
    using problem = goldenProblem(pipeline, { prompts: same, side: 32 });
    const timesteps: number[] = [];
    for await (const { iteration, timestep, latents } of editor.run(problem)) {
      timesteps.push(timestep);
      const key = iteration < steps ? `inverted.${iteration + 1}` : `${name}.${iteration - steps}`;
      await expectRecorded(run, key, latents);
    }
    expect(timesteps).toEqual([1, 201, 401, 601, 801, 801, 601, 401, 201, 1]);
    expect(editor.numSteps).toBe(10);
  });
});
