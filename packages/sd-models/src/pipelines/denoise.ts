import {
  CapturedFunction,
  type Generator,
  inference,
  narrow,
  type Tensor,
  TorchCpuGenerator,
  TorchCudaGenerator,
  tensor,
} from '@lusd/tensor';
import { createSampler, type SamplerFactory } from '../schedulers/createSampler.ts';
import type { Sampler } from '../schedulers/sampler.ts';
import type { SamplerName } from '../schedulers/samplerFields.ts';
import type { PreparedContext } from '../unet/attention.ts';
import type { UNetConfig } from '../unet/config.ts';
import type { VaeConfig } from '../vae/config.ts';
import type { TilingOptions } from '../vae/tiling.ts';
import { latentsFromTorch } from './pixels.ts';
import type { LongPromptOptions, StableDiffusion } from './stableDiffusion.ts';

const GUIDANCE_SCALE = 7.5;

/** One step of sampling, just done; `StableDiffusion.decodeLatents` makes a preview of its latents. */
export interface DenoiseStep {
  /** Steps done so far, and in all. */
  readonly done: number;
  readonly count: number;
  readonly timestep: number;
  /** f32 [1, h, w, C]; valid until the callback's promise resolves. */
  readonly latents: Tensor;
}

/** What all ways of making a picture from a prompt have in common. */
export interface GenerationOptions extends TilingOptions, LongPromptOptions {
  readonly prompt: string;
  /** What the picture should not show. Default empty. */
  readonly negativePrompt?: string;
  /** Default 50. */
  readonly steps?: number;
  /** Weight of the prompt against the negative one; 1 or less: no guidance, at half the cost. Default 7.5. */
  readonly guidanceScale?: number;
  /** A name, or what makes a sampler of your own. Default 'dpm++2m'. */
  readonly sampler?: SamplerName | SamplerFactory;
  /** DDIM: share of noise that each step adds, 0 to 1. Default 0. */
  readonly eta?: number;
  /** Default 0. */
  readonly seed?: number | bigint;
  /** Whose random numbers the seed means: torch's on a CPU or on an NVIDIA GPU. Default 'cpu'. */
  readonly rng?: 'cpu' | 'cuda';
  /** Layers of the text encoder left out at the end. Default 0. */
  readonly clipSkip?: number;
  /** Called, and awaited, after each step. */
  readonly onStep?: (step: DenoiseStep) => void | Promise<void>;
  /** Stops before the first step or after any; the call then throws the signal's reason. */
  readonly signal?: AbortSignal;
}

/** A run's random numbers, sampler and size. */
export interface Run {
  readonly sampler: Sampler;
  /** Standard normal latents, f32 [1, h, w, C], drawn in torch's order. */
  drawNoise(): Tensor;
}

/**
 * @throws RangeError for a number of steps, an eta, a guidance scale, a size or a model that cannot be used, TensorError
 * for a seed; the signal's reason
 */
export function startRun(
  { vae, unet, device, schedulerConfig }: StableDiffusion,
  {
    sampler = 'dpm++2m',
    steps = 50,
    eta = 0,
    seed = 0,
    rng = 'cpu',
    guidanceScale = GUIDANCE_SCALE,
    signal,
  }: GenerationOptions,
  size: { readonly width: number; readonly height: number },
): Run {
  signal?.throwIfAborted();
  if (!Number.isFinite(guidanceScale)) {
    throw new RangeError(`guidanceScale is ${guidanceScale}; it must be a finite number.`);
  }
  requireLatentsAlone(unet.config, vae.config);
  const factor = vae.downscaleFactor;
  for (const side of [size.width, size.height]) {
    if (Number.isInteger(side / factor) && side > 0) continue;
    throw new RangeError(
      `A picture of ${size.width} x ${size.height} cannot be made; its sides must be multiples of ${factor} above 0.`,
    );
  }
  const generator: Generator = rng === 'cuda' ? new TorchCudaGenerator(seed) : new TorchCpuGenerator(seed);
  const [height, width, channels] = [size.height / factor, size.width / factor, vae.config.latentChannels];
  return {
    sampler: createSampler(sampler, schedulerConfig, steps, { eta }),
    drawNoise: () =>
      latentsFromTorch(generator.randn(height * width * channels), channels, height, width, device),
  };
}

/** @throws RangeError for a model that is given another picture beside the latents */
function requireLatentsAlone(
  { inChannels }: Pick<UNetConfig, 'inChannels'>,
  { latentChannels }: Pick<VaeConfig, 'latentChannels'>,
): void {
  if (inChannels === latentChannels) return;
  throw new RangeError(
    `The model's UNet takes ${inChannels} channels, which are a picture's beside the latents' ${latentChannels}, as InstructPix2Pix's; use a text-to-image model, or edit a picture with this one.`,
  );
}

/**
 * Runs the sampler's steps from `firstStep` on; returns the final latents. Takes `latents` over.
 * @throws the signal's reason; on every error the latents are freed
 */
export async function denoise(
  pipeline: StableDiffusion,
  run: Run,
  latents: Tensor,
  firstStep: number,
  options: GenerationOptions,
): Promise<Tensor> {
  const { sampler } = run;
  const count = sampler.timesteps.length - firstStep;
  let sample = latents;
  try {
    using guidance = new Guidance(pipeline, options);
    for (let index = firstStep; index < sampler.timesteps.length; index++) {
      const current = sample;
      sample = inference(() => oneStep(run, guidance, index, current));
      current.dispose();
      // The queue holds no more than one step, so that progress and abortion keep up with the device.
      await sample.device.sync();
      const timestep = sampler.timesteps[index]!;
      await options.onStep?.({ done: index - firstStep + 1, count, timestep, latents: sample });
      options.signal?.throwIfAborted();
    }
    return sample;
  } catch (error) {
    sample.dispose();
    throw error;
  } finally {
    sampler.dispose();
  }
}

function oneStep({ sampler, drawNoise }: Run, guidance: Guidance, index: number, sample: Tensor): Tensor {
  const input = sampler.scaleModelInput(sample, index);
  const output = guidance.predict(input, sampler.timesteps[index]!);
  return sampler.step(output, index, sample, sampler.needsNoise ? drawNoise() : undefined);
}

/** Classifier-free guidance, arXiv 2207.12598: away from the negative prompt's prediction, towards the prompt's. */
class Guidance {
  private readonly context: PreparedContext;
  private readonly scale: number | null;
  private readonly step = new CapturedFunction((sample: Tensor, timestep: Tensor) =>
    this.forward(sample, timestep),
  );

  constructor(
    private readonly pipeline: StableDiffusion,
    {
      prompt,
      negativePrompt = '',
      guidanceScale = GUIDANCE_SCALE,
      clipSkip = 0,
      longPrompts = false,
    }: GenerationOptions,
  ) {
    this.scale = guidanceScale > 1 ? guidanceScale : null;
    const prompts = this.scale === null ? [prompt] : [negativePrompt, prompt];
    this.context = inference(() =>
      pipeline.unet.prepareContext(pipeline.encodePrompts(prompts, { clipSkip, longPrompts })),
    );
  }

  /** Valid until the next call. */
  predict(sample: Tensor, timestep: number): Tensor {
    return this.step.call(sample, tensor([timestep], { device: sample.device }));
  }

  private forward(sample: Tensor, timestep: Tensor): Tensor {
    const { context, pipeline } = this;
    const { unet } = pipeline;
    if (this.scale === null) return unet.forward(sample, timestep, { context });
    const outputs = unet.forward(sample, timestep, { context });
    const [negative, positive] = [narrow(outputs, 0, 0, 1), narrow(outputs, 0, 1, 1)];
    return negative.add(positive.sub(negative).mul(this.scale));
  }

  [Symbol.dispose](): void {
    this.step.dispose();
    this.context.dispose();
  }
}
