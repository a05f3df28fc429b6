import { NoiseSchedule } from '@lusd/sd-models';
import { expect, test } from 'vitest';
import { type DrawSource, ddimInversion, instructPix2Pix } from '../../src/index.ts';
import { EulerAncestral } from '../../src/inversion/eulerAncestral.ts';
import '../support/device.ts';
import { expectAllClose } from '@lusd/testing/allClose';
import { readGolden } from '../support/goldenFiles.ts';
import { goldenPipeline } from '../support/goldenModel.ts';
import { expectRecorded, goldenProblem } from '../support/goldenProblem.ts';

interface InstructCase {
  readonly prompts: { readonly instruction: string };
  readonly steps: number;
  readonly timesteps: readonly number[];
  readonly sigmas: readonly number[];
  readonly parameters: { readonly guidance_scale: number; readonly image_guidance_scale: number };
}

const run = await readGolden<InstructCase>('editors/instruct_pix2pix');
const { prompts, steps, timesteps, sigmas, parameters } = run.record;

/** The recorded noise: that of the start, then that of each step. */
function recordedDraws(): DrawSource {
  const keys = ['noise', ...timesteps.map((_, i) => `ancestral_noise.${i}`)];
  return {
    randint: () => {
      throw new Error('no timestep is drawn');
    },
    randn: () => Float32Array.from(run.tensors.get(keys.shift()!)!),
  };
}

test('takes the recorded steps', async () => {
  using pipeline = await goldenPipeline('editors/instruct_pix2pix');
  const target = prompts.instruction;
  using problem = goldenProblem(pipeline, { prompts: { target }, side: 16, draws: recordedDraws() });
  const editor = instructPix2Pix({
    numSteps: steps,
    guidanceScale: parameters.guidance_scale,
    imageGuidanceScale: parameters.image_guidance_scale,
    sigmaInterpolation: 'linear',
  });
  for await (const { iteration, timestep, latents } of editor.run(problem)) {
    expect(timestep).toBe(timesteps[iteration]);
    await expectRecorded(run, `latents.${iteration}`, latents);
  }
});

test('interpolates sigma, or its logarithm, between timesteps', async () => {
  using pipeline = await goldenPipeline('editors/instruct_pix2pix');
  const schedule = new NoiseSchedule(pipeline.schedulerConfig);
  expectAllClose(new EulerAncestral(schedule, steps, 'linear').sigmas, sigmas, { rtol: 1e-6 });
  const inLog = new EulerAncestral(schedule, steps, 'log_linear').sigmas;
  const [low, high] = [499, 500].map((t) => schedule.relativeSigma(t));
  expect(inLog[2]).toBeCloseTo(Math.sqrt(low! * high!), 12);
  expect(inLog[0]).toBeCloseTo(schedule.relativeSigma(999), 12);
  expect(inLog[5]).toBe(0);
});

test('refuses a model that takes no picture, and other methods a model that takes one', async () => {
  using plain = await goldenPipeline('trajectories/accept_all');
  using plainProblem = goldenProblem(plain, { prompts: { target: 'make it tea' }, side: 8 });
  await expect(instructPix2Pix().run(plainProblem).next()).rejects.toThrow(
    "the model's UNet takes 4 channels, but the method gives it 8; use one that was trained on instructions, such as timbrooks/instruct-pix2pix",
  );
  using instructed = await goldenPipeline('editors/instruct_pix2pix');
  using problem = goldenProblem(instructed, { prompts: {}, side: 8 });
  await expect(ddimInversion().run(problem).next()).rejects.toThrow(
    "the model's UNet takes 8 channels, but the method gives it 4; use a text-to-image model, or for one that was trained on instructions the methods instruct-pix2pix and ssd",
  );
});

test("the defaults are the released program's", () => {
  expect(instructPix2Pix().options).toEqual({
    numSteps: 100,
    guidanceScale: parameters.guidance_scale,
    imageGuidanceScale: parameters.image_guidance_scale,
    sigmaInterpolation: 'log_linear',
  });
  expect(() => instructPix2Pix({ sigmaInterpolation: 'cubic' as 'linear' })).toThrow(
    'option sigmaInterpolation must be log_linear or linear, but is "cubic"',
  );
});
