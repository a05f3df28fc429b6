import { NoiseSchedule } from '@lusd/sd-models';
import { type Tensor, TorchCpuGenerator, tensor } from '@lusd/tensor';
import { expectAllClose } from '@lusd/testing/allClose';
import { someOf } from '@lusd/testing/thorough';
import { describe, expect, test } from 'vitest';
import {
  dds,
  LatentDraws,
  type Problem,
  type Prompt,
  sds,
  UNetDenoiser,
  updateFactor,
} from '../../src/index.ts';
import { device } from '../support/device.ts';
import { readGolden } from '../support/goldenFiles.ts';
import { goldenPipeline } from '../support/goldenModel.ts';

interface GuidedCase {
  readonly prompts: Record<Prompt, string>;
  readonly parameters: {
    readonly lr: number;
    readonly guidance_scale: number;
    readonly t_min: number;
    readonly t_max_exclusive: number;
    readonly steps: number;
    readonly seed: number;
  };
}

const RTOL = 1e-4;
const SIDE = 32;

/** NHWC values of a tensor, in the order of the recording: NCHW. */
async function planesOf(latents: Tensor): Promise<Float32Array> {
  using planes = latents.permute([0, 3, 1, 2]);
  return planes.data('f32');
}

// Recorded with the released notebook's own loss class, on the small models of the trajectories.
const METHODS = [
  ['sds', sds],
  ['dds', dds],
] as const;

describe.each(someOf(METHODS, 1))('%s', (name, method) => {
  test('takes the steps of the released program, from the seed alone', async () => {
    const { record, tensors } = await readGolden<GuidedCase>(`editors/${name}`);
    const { lr, guidance_scale, t_min, t_max_exclusive, steps, seed } = record.parameters;
    using pipeline = await goldenPipeline('trajectories/accept_all');
    using planes = tensor(new TorchCpuGenerator(7).randn(4 * SIDE * SIDE), { shape: [1, 4, SIDE, SIDE] });
    using source = planes.permute([0, 2, 3, 1]);
    const schedule = new NoiseSchedule(pipeline.schedulerConfig);
    const encode = (prompts: readonly Prompt[]) =>
      pipeline.encodePrompts(prompts.map((prompt) => record.prompts[prompt]));
    using denoiser = new UNetDenoiser(pipeline.unet, schedule, encode);
    const size = { height: SIDE, width: SIDE, channels: 4 };
    const problem: Problem = {
      source,
      denoiser,
      schedule,
      draws: new LatentDraws(new TorchCpuGenerator(seed), size, device),
      userMask: null,
      targetTokens: () => Promise.reject(new Error('this method does not look at tokens')),
    };
    const options = {
      numSteps: steps,
      lr,
      guidanceScale: guidance_scale,
      tMin: t_min,
      tMax: t_max_exclusive + 1,
    };

    let last: Float32Array | null = null;
    for await (const { iteration: k, timestep, noise, before, direction, latents } of method(options).run(
      problem,
    )) {
      const close = (actual: Float32Array, key: string) =>
        expectAllClose(actual, tensors.get(key)!, { rtol: RTOL, label: key });
      expect(timestep).toBe(tensors.get(`s${k}.timestep`)![0]);
      close(await planesOf(noise!), `s${k}.eps`);
      close(await planesOf(before), `s${k}.z`);
      const gradient = (await planesOf(direction!)).map((d) => d * updateFactor(SIDE, SIDE));
      close(gradient, `s${k}.grad`);
      last = await planesOf(latents);
    }
    expectAllClose(last!, tensors.get('z_final')!, { rtol: RTOL, label: 'z_final' });
  });
});
