import { type Tensor, TorchCpuGenerator } from '@lusd/tensor';
import type { Patches, Problem, Prompt } from '../../src/index.ts';
import { type GoldenRun, readGolden } from './goldenFiles.ts';
import { goldenPipeline } from './goldenModel.ts';
import { fromPlanes, goldenProblem } from './goldenProblem.ts';

/** A recorded run of a method of score distillation by its authors' program. */
export interface DistillationCase {
  readonly prompts: Readonly<Partial<Record<Prompt, string>>>;
  readonly parameters: { readonly steps: number; readonly seed: number } & Readonly<Record<string, unknown>>;
}

export type DistillationGolden = GoldenRun<DistillationCase> & { readonly problem: Problem };

/** Height and width of the recorded latents. */
export const SIDE = 32;

/** Latents of the recordings, from NCHW values. */
export function latentsOf(values: ArrayLike<number>): Tensor {
  return fromPlanes(values, SIDE);
}

/** What a recorded run started from, with draws of its seed; `use` is done with it when it returns. */
export async function withGoldenRun(
  name: string,
  use: (golden: DistillationGolden) => Promise<void>,
): Promise<void> {
  const { record, tensors } = await readGolden<DistillationCase>(`editors/${name}`);
  using pipeline = await goldenPipeline('trajectories/accept_all');
  const draws = new TorchCpuGenerator(record.parameters.seed);
  // Where one of the two is missing, the other is meant: for an edit the source is the negative prompt.
  const { source = record.prompts.negative ?? '', negative = source } = record.prompts;
  const prompts = { ...record.prompts, source, negative };
  using problem = goldenProblem(pipeline, { prompts, side: SIDE, draws });
  await use({ record, tensors, problem });
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
