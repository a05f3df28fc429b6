import { expect, test } from 'vitest';
import { ssd } from '../../src/index.ts';
import '../support/device.ts';
import { goldenFolder, readTensors } from '../support/goldenFiles.ts';
import { goldenPipeline } from '../support/goldenModel.ts';
import { expectRecorded, goldenProblem } from '../support/goldenProblem.ts';

const STEPS = 3;

test('SSD with a model that was trained on instructions takes the steps of its formula', async () => {
  const tensors = await readTensors(new URL('../ssd_instruct.safetensors', goldenFolder('editors')));
  using pipeline = await goldenPipeline('editors/instruct_pix2pix');
  using problem = goldenProblem(pipeline, { prompts: { target: 'make it a cup of matcha' }, side: 16 });
  let steps = 0;
  for await (const { iteration: k, timestep, noise, before, direction, latents } of ssd({
    numSteps: STEPS,
  }).run(problem)) {
    expect(timestep).toBe(tensors.get(`s${k}.timestep`)![0]);
    await expectRecorded({ tensors }, `s${k}.eps`, noise!);
    await expectRecorded({ tensors }, `s${k}.z`, before);
    await expectRecorded({ tensors }, `s${k}.grad`, direction!);
    if (k === STEPS - 1) await expectRecorded({ tensors }, 'z_final', latents);
    steps++;
  }
  expect(steps).toBe(STEPS);
});
