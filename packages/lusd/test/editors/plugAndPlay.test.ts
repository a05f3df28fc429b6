import { parseUNetConfig, UNet2DConditionModel } from '@lusd/sd-models';
import { fillWeights } from '@lusd/testing-models/fillWeights';
import { expect, test } from 'vitest';
import { UNWANTED } from '../../src/editors/plugAndPlay.ts';
import { type PlugAndPlayOptions, plugAndPlay, UNetDenoiser } from '../../src/index.ts';
import '../support/device.ts';
import { readGolden } from '../support/goldenFiles.ts';
import { goldenPipeline } from '../support/goldenModel.ts';
import { expectRecorded, goldenProblem } from '../support/goldenProblem.ts';

interface PlugAndPlayCase {
  readonly prompts: { readonly source: string; readonly target: string };
  readonly steps: number;
  readonly parameters: {
    readonly pnp_f_t: number;
    readonly pnp_attn_t: number;
    readonly guidance_scale: number;
    readonly negative_prompt: string;
  };
}

const run = await readGolden<PlugAndPlayCase>('editors/pnp');
const { prompts, steps, parameters } = run.record;

test('takes the recorded steps', async () => {
  using pipeline = await goldenPipeline('trajectories/accept_all');
  using problem = goldenProblem(pipeline, { prompts, side: 16 });
  const editor = plugAndPlay({
    numSteps: steps,
    inversionSteps: steps,
    featureSteps: parameters.pnp_f_t,
    attentionSteps: parameters.pnp_attn_t,
    guidanceScale: parameters.guidance_scale,
  });
  for await (const { iteration, timestep, latents } of editor.run(problem)) {
    const k = iteration - steps;
    await expectRecorded(run, k < 0 ? `inverted.${timestep}` : `edited.${k}`, latents);
  }
  expect(editor.numSteps).toBe(2 * steps);
});

test("the defaults are the released program's", () => {
  expect(UNWANTED).toBe(parameters.negative_prompt);
  expect(plugAndPlay().options).toEqual({
    numSteps: 50,
    guidanceScale: parameters.guidance_scale,
    inversionSteps: 999,
    inversionPrompt: 'null',
    featureSteps: parameters.pnp_f_t,
    attentionSteps: parameters.pnp_attn_t,
  });
});

test.each<[object, string]>([
  [{ featureSteps: 1.1 }, 'option featureSteps must be at most 1, but is 1.1'],
  [{ inversionPrompt: 'target' }, 'option inversionPrompt must be null or source, but is "target"'],
])('refuses %o', (options, message) => {
  expect(() => plugAndPlay(options as Partial<PlugAndPlayOptions>)).toThrow(message);
});

test('refuses an inversion that leaves out timesteps of sampling', async () => {
  using pipeline = await goldenPipeline('trajectories/accept_all');
  using problem = goldenProblem(pipeline, { prompts, side: 8 });
  await expect(plugAndPlay({ numSteps: 5, inversionSteps: 3 }).run(problem).next()).rejects.toThrow(
    'option inversionSteps must pass the timesteps of sampling, but 3 steps leave out 801; give 999, or as many as numSteps',
  );
});

test('refuses a model without the features', async () => {
  const config = {
    block_out_channels: [8, 8],
    down_block_types: ['CrossAttnDownBlock2D', 'DownBlock2D'],
    up_block_types: ['CrossAttnUpBlock2D', 'UpBlock2D'],
    norm_num_groups: 4,
    cross_attention_dim: 32,
  };
  using unet = fillWeights(new UNet2DConditionModel(parseUNetConfig(config)), 1);
  using pipeline = await goldenPipeline('trajectories/accept_all');
  using problem = goldenProblem(pipeline, { prompts, side: 8 });
  using denoiser = new UNetDenoiser(unet, problem.schedule, (asked) =>
    pipeline.encodePrompts(asked.map(() => '')),
  );
  const untilEnd = async () => {
    for await (const _ of plugAndPlay({ numSteps: 2, inversionSteps: 2 }).run({ ...problem, denoiser }));
  };
  await expect(untilEnd()).rejects.toThrow(
    'plug-and-play needs a UNet whose second up block has two resnets',
  );
});
