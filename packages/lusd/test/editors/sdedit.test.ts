import { expect, test } from 'vitest';
import { sdedit } from '../../src/index.ts';
import '../support/device.ts';
import { readGolden } from '../support/goldenFiles.ts';
import { goldenPipeline } from '../support/goldenModel.ts';
import { expectRecorded, goldenProblem } from '../support/goldenProblem.ts';

interface SdeditCase {
  readonly prompts: { readonly source: string; readonly target: string };
  readonly steps: number;
  readonly timesteps: readonly number[];
  readonly parameters: { readonly guidance_scale: number; readonly skip: number };
}

test('takes the recorded steps, from the seed alone', async () => {
  const run = await readGolden<SdeditCase>('editors/sdedit');
  const { prompts, steps, timesteps, parameters } = run.record;
  using pipeline = await goldenPipeline('trajectories/accept_all');
  using problem = goldenProblem(pipeline, { prompts, side: 16 });
  const strength = (steps - parameters.skip) / steps;
  const editor = sdedit({ numSteps: steps, strength, guidanceScale: parameters.guidance_scale });
  expect(editor.numSteps).toBe(3);
  let count = 0;
  for await (const { iteration, timestep, latents, noise } of editor.run(problem)) {
    expect([iteration, timestep]).toEqual([count, timesteps[parameters.skip + count]]);
    if (noise) await expectRecorded(run, 'eps', noise);
    expect(noise === null).toBe(iteration > 0);
    await expectRecorded(run, `latents.${iteration}`, latents);
    count++;
  }
  expect(count).toBe(3);
});

test.each([
  [{ strength: -0.5 }, 'option strength must be at least 0, but is -0.5'],
  [{ strength: 0 }, 'option strength must leave a step of 50, but is 0'],
  [{ strength: 1.5 }, 'option strength must be at most 1, but is 1.5'],
  [{ numSteps: 10, strength: 0.09 }, 'option strength must leave a step of 10, but is 0.09'],
  [{ guidanceScale: Number.NaN }, 'option guidanceScale must be a number, but is NaN'],
])('refuses %o', (options, message) => {
  expect(() => sdedit(options)).toThrow(message);
});
