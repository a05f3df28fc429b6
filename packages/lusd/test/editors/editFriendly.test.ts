import { expect, test } from 'vitest';
import { editFriendly } from '../../src/index.ts';
import { Ddim } from '../../src/inversion/ddim.ts';
import { invertDdpm } from '../../src/inversion/ddpm.ts';
import { LatentLevels } from '../../src/inversion/invert.ts';
import '../support/device.ts';
import { readGolden } from '../support/goldenFiles.ts';
import { goldenPipeline } from '../support/goldenModel.ts';
import { expectRecorded, goldenProblem } from '../support/goldenProblem.ts';

interface EditFriendlyCase {
  readonly prompts: { readonly source: string; readonly target: string };
  readonly steps: number;
  readonly parameters: {
    readonly cfg_source: number;
    readonly cfg_target: number;
    readonly skip: number;
  };
}

const run = await readGolden<EditFriendlyCase>('editors/edit_friendly');
const { prompts, steps, parameters } = run.record;

test('finds the recorded latents and noise, from the seed alone', async () => {
  using pipeline = await goldenPipeline('trajectories/accept_all');
  using problem = goldenProblem(pipeline, { prompts, side: 16 });
  const ddim = new Ddim(problem.schedule, steps);
  using levels = new LatentLevels(problem.source);
  using noises = new LatentLevels();
  for await (const _ of invertDdpm(problem, ddim, parameters.cfg_source, { levels, noises }));
  // The recording counts from the picture up; the last step's noise is zero.
  for (const [i, timestep] of [...ddim.timesteps].reverse().entries()) {
    await expectRecorded(run, 'xts', levels.at(timestep), i + 1);
    if (i > 0) await expectRecorded(run, 'zs', noises.at(ddim.levelBelow(timestep)), i);
  }
});

test('takes the recorded steps', async () => {
  using pipeline = await goldenPipeline('trajectories/accept_all');
  using problem = goldenProblem(pipeline, { prompts, side: 16 });
  const editor = editFriendly({
    numSteps: steps,
    skip: parameters.skip,
    sourceGuidanceScale: parameters.cfg_source,
    guidanceScale: parameters.cfg_target,
  });
  let count = 0;
  for await (const { iteration, latents } of editor.run(problem)) {
    expect(iteration).toBe(count++);
    const k = iteration - (steps - 1);
    if (k >= 0) await expectRecorded(run, `edited.${k}`, latents);
  }
  expect(count).toBe(editor.numSteps);
});

test("the defaults are the released program's, and a skip of all steps is refused", () => {
  expect(editFriendly().options).toEqual({
    numSteps: 100,
    skip: 36,
    sourceGuidanceScale: parameters.cfg_source,
    guidanceScale: parameters.cfg_target,
  });
  expect(() => editFriendly({ numSteps: 20 })).toThrow(
    'option skip must be less than the 20 steps, but is 36',
  );
  expect(() => editFriendly({ skip: -1 })).toThrow('option skip must be at least 0, but is -1');
});
