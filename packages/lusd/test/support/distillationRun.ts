import { NoiseSchedule, type StableDiffusion } from '@lusd/sd-models';
import { type Tensor, TorchCpuGenerator, tensor } from '@lusd/tensor';
import { LatentDraws, type Patches, type Problem, type Prompt, UNetDenoiser } from '../../src/index.ts';
import { device } from './device.ts';
import { type GoldenRun, readGolden } from './goldenFiles.ts';
import { goldenPipeline } from './goldenModel.ts';

/** A recorded run of a method of score distillation by its authors' program. */
export interface DistillationCase {
  readonly prompts: Readonly<Partial<Record<Prompt, string>>>;
  readonly parameters: { readonly steps: number; readonly seed: number } & Readonly<Record<string, unknown>>;
}

export type DistillationGolden = GoldenRun<DistillationCase> & { readonly problem: Problem };

/** Height and width of the recorded latents. */
export const SIDE = 32;

/** NHWC values of a tensor, in the order of the recordings: NCHW. */
export async function planesOf(latents: Tensor): Promise<Float32Array> {
  using planes = latents.permute([0, 3, 1, 2]);
  return planes.data('f32');
}

/** Latents of the recordings, from NCHW values. */
export function latentsOf(values: ArrayLike<number>): Tensor {
  using planes = tensor(Float32Array.from(values), { shape: [1, 4, SIDE, SIDE] });
  return planes.permute([0, 2, 3, 1]);
}

/** What a recorded run started from, with draws of its seed; `use` is done with it when it returns. */
export async function withGoldenRun(
  name: string,
  use: (golden: DistillationGolden) => Promise<void>,
): Promise<void> {
  const { record, tensors } = await readGolden<DistillationCase>(`editors/${name}`);
  using pipeline = await goldenPipeline('trajectories/accept_all');
  using source = latentsOf(new TorchCpuGenerator(7).randn(4 * SIDE * SIDE));
  const schedule = new NoiseSchedule(pipeline.schedulerConfig);
  using denoiser = goldenDenoiser(pipeline, record);
  const draws = new TorchCpuGenerator(record.parameters.seed);
  const problem: Problem = {
    source,
    denoiser,
    schedule,
    draws: new LatentDraws(draws, { height: SIDE, width: SIDE, channels: 4 }, device),
    userMask: null,
    targetTokens: () => Promise.reject(new Error('this method does not look at tokens')),
  };
  await use({ record, tensors, problem });
}

function goldenDenoiser(pipeline: StableDiffusion, { prompts }: DistillationCase): UNetDenoiser {
  // Where one of the two is missing, the other is meant: for an edit the source is the negative prompt.
  const { source = prompts.negative, negative = prompts.source } = prompts;
  const textOf = (prompt: Prompt) => {
    const text = { ...prompts, source, negative }[prompt];
    if (text === undefined) throw new Error(`the recorded run has no prompt '${prompt}'`);
    return text;
  };
  return new UNetDenoiser(pipeline.unet, new NoiseSchedule(pipeline.schedulerConfig), (names) =>
    pipeline.encodePrompts(names.map(textOf)),
  );
}

/** The positions that the recorded run compared, step by step. */
export function recordedPatches({ tensors }: DistillationGolden): Patches {
  const seen = new Map<string, number>();
  return {
    choose(layer, patchSize) {
      const place = `${layer}.${patchSize}`;
      const step = seen.get(place) ?? 0;
      seen.set(place, step + 1);
      return tensors.get(`s${step}.patches.${place}`)!;
    },
  };
}
