import { scope, TorchCpuGenerator } from '@lusd/tensor';
import { expectAllClose } from '@lusd/testing/allClose';
import { expect, test } from 'vitest';
import { edit, pds, TrajectoryRecorder } from '../../src/index.ts';
import { draw, SHAPES_EDITS } from '../../src/shapes/index.ts';
import '../support/device.ts';
import { shapesPipeline } from '../support/shapesPipeline.ts';

test('latents are drawn from the distribution that the encoder gives, before anything else, where a method says so', async () => {
  using pipeline = await shapesPipeline({ dtype: 'f32' });
  const { picture, source, target } = SHAPES_EDITS.tuning[0]!;
  const start = async (sampleLatents: boolean) => {
    const record = new TrajectoryRecorder();
    const settings = { frame: { size: 64 }, draws: { seed: 3, rng: 'cpu' }, record } as const;
    const method = pds({ numSteps: 1, sampleLatents });
    const run = edit(pipeline, { image: draw(picture), source, target }, method, settings);
    await run.result();
    const latents = record.tensors.get('z_source')!.data as Float32Array;
    using logvar = scope(() => pipeline.encodeImage(run.source).logvar.permute([0, 3, 1, 2]));
    return { latents, logvar: await logvar.data('f32') };
  };
  const [mean, drawn] = [await start(false), await start(true)];
  const eps = new TorchCpuGenerator(3).randn(mean.latents.length);
  const expected = mean.latents.map((z, i) => z + Math.exp(mean.logvar[i]! / 2) * eps[i]!);
  expectAllClose(drawn.latents, expected, { rtol: 1e-5 });
  expect(drawn.latents).not.toEqual(mean.latents);
});
