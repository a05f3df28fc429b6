import { expect, test } from 'vitest';
import { masactrl, OptionError } from '../../src/index.ts';
import '../support/device.ts';
import { readGolden } from '../support/goldenFiles.ts';
import { goldenPipeline } from '../support/goldenModel.ts';
import { expectRecorded, goldenProblem } from '../support/goldenProblem.ts';

interface MasactrlCase {
  readonly prompts: { readonly source: string; readonly target: string };
  readonly steps: number;
  readonly parameters: {
    readonly start_step: number;
    readonly start_layer: number;
    readonly guidance_scale: number;
  };
}

const run = await readGolden<MasactrlCase>('editors/masactrl');
const { prompts, steps, parameters } = run.record;
const options = {
  numSteps: steps,
  startStep: parameters.start_step,
  guidanceScale: parameters.guidance_scale,
};

test('takes the recorded steps on both branches', async () => {
  using pipeline = await goldenPipeline('trajectories/accept_all');
  using problem = goldenProblem(pipeline, { prompts, side: 16 });
  const editor = masactrl({ ...options, startLayer: parameters.start_layer });
  for await (const { iteration, latents, facts } of editor.run(problem)) {
    const k = iteration - steps;
    await expectRecorded(run, k < 0 ? `inverted.${iteration + 1}` : `edited.${k}`, latents, k < 0 ? 0 : 1);
    if (k >= 0) await expectRecorded(run, `edited.${k}`, facts.sourceBranch!, 0);
  }
  expect(editor.numSteps).toBe(2 * steps);
});

test('refuses a first layer beyond the last, and a first step beyond the last', async () => {
  using pipeline = await goldenPipeline('trajectories/accept_all');
  using problem = goldenProblem(pipeline, { prompts, side: 8 });
  const untilEnd = async () => {
    for await (const _ of masactrl({ numSteps: 1, startStep: 0, startLayer: 16 }).run(problem));
  };
  await expect(untilEnd()).rejects.toThrow(
    "option startLayer must be less than 16, the number of the model's transformers, but is 16",
  );
  expect(() => masactrl({ numSteps: 4 })).toThrow('option startStep must be less than the 4 steps, but is 4');
  expect(() => masactrl({ startStep: -1 })).toThrow(OptionError);
});

test("the defaults are the released program's", () => {
  expect(masactrl().options).toEqual({
    numSteps: 50,
    guidanceScale: 7.5,
    inversion: 'ddim',
    startStep: 4,
    startLayer: 10,
  });
});
