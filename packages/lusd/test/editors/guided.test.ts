import { TorchCpuGenerator } from '@lusd/tensor';
import { expectAllClose } from '@lusd/testing/allClose';
import { someOf } from '@lusd/testing/thorough';
import { describe, expect, test } from 'vitest';
import { dds, type Prompt, sds, updateFactor } from '../../src/index.ts';
import '../support/device.ts';
import { readGolden } from '../support/goldenFiles.ts';
import { goldenPipeline } from '../support/goldenModel.ts';
import { goldenProblem, planesOf } from '../support/goldenProblem.ts';

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
    using problem = goldenProblem(pipeline, {
      prompts: record.prompts,
      side: SIDE,
      draws: new TorchCpuGenerator(seed),
    });
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
