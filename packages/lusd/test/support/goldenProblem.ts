import { NoiseSchedule, type StableDiffusion } from '@lusd/sd-models';
import { scope, type Tensor, TorchCpuGenerator, tensor } from '@lusd/tensor';
import { expectAllClose } from '@lusd/testing/allClose';
import {
  type DrawSource,
  LatentDraws,
  type Problem,
  type Prompt,
  type QueryPrompt,
  UNetDenoiser,
} from '../../src/index.ts';
import { device } from './device.ts';
import type { GoldenRun } from './goldenFiles.ts';

/** Agreement with recorded runs in f32, relative to the largest value. */
const RTOL = 1e-4;

interface ProblemOptions {
  readonly prompts: Readonly<Partial<Record<Prompt, string>>>;
  /** Height and width of the latents. */
  readonly side: number;
  /** Default: torch's CPU generator, seed 0. */
  readonly draws?: DrawSource;
}

/**
 * The problem that an authors' program was recorded with: the source's latents are of torch's CPU generator, seed 7.
 * Dispose it, or declare it with `using`.
 */
export function goldenProblem(
  model: StableDiffusion,
  { prompts, side, draws = new TorchCpuGenerator(0) }: ProblemOptions,
): Problem & Disposable {
  const size = { height: side, width: side, channels: 4 };
  const textOf = (prompt: QueryPrompt) => {
    const text = typeof prompt === 'string' ? { null: '', ...prompts }[prompt] : prompt.text;
    if (text === undefined) throw new Error(`the recorded run has no prompt '${String(prompt)}'`);
    return text;
  };
  const encode = (asked: readonly QueryPrompt[]) => model.encodePrompts(asked.map(textOf));
  const schedule = new NoiseSchedule(model.schedulerConfig);
  const denoiser = new UNetDenoiser(model.unet, schedule, encode);
  const source = fromPlanes(new TorchCpuGenerator(7).randn(4 * side * side), side);
  return {
    source,
    denoiser,
    schedule,
    draws: new LatentDraws(draws, size, device),
    userMask: null,
    scalingFactor: model.vae.config.scalingFactor,
    prompts: {
      source: prompts.source ?? '',
      target: prompts.target ?? '',
      negative: null,
      tokenizer: model.tokenizer,
      longPrompts: false,
    },
    targetTokens: () => Promise.reject(new Error('this method does not look at target tokens')),
    [Symbol.dispose]() {
      source.dispose();
      denoiser.dispose();
    },
  };
}

/** Latents [1, side, side, 4] of a recorded tensor, [1, 4, side, side]. */
export function fromPlanes(planes: ArrayLike<number>, side: number): Tensor {
  return scope(() => tensor(Float32Array.from(planes), { shape: [1, 4, side, side] }).permute([0, 2, 3, 1]));
}

/** Values in the order of the recordings, NCHW. */
export async function planesOf(latents: Tensor): Promise<Float32Array> {
  using planes = latents.permute([0, 3, 1, 2]);
  return planes.data('f32');
}

/** Expects latents to be the recorded ones. @param part which of several that were recorded in one tensor */
export async function expectRecorded(
  { tensors }: Pick<GoldenRun<unknown>, 'tensors'>,
  key: string,
  latents: Tensor,
  part = 0,
): Promise<void> {
  const actual = await planesOf(latents);
  const recorded = tensors.get(key);
  if (!recorded) throw new Error(`the recording has no ${key}`);
  const expected = recorded.subarray(part * actual.length, (part + 1) * actual.length);
  expectAllClose(actual, expected, { rtol: RTOL, label: `${key}[${part}]` });
}
