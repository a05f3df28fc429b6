import {
  compileKernels,
  currentDevice,
  type Device,
  inference,
  type Module,
  noGrad,
  scope,
  type Tensor,
  zeros,
} from '@lusd/tensor';
import type { ClipTextModel, ClipTextOptions } from '../clip/text.ts';
import type { ModelFile, ModelFolder } from '../files/modelFiles.ts';
import type { Image } from '../image/image.ts';
import type { SchedulerConfig } from '../schedulers/config.ts';
import type { ClipTokenizer } from '../tokenizer/clipTokenizer.ts';
import type { UNet2DConditionModel } from '../unet/unet.ts';
import type { TilingOptions } from '../vae/tiling.ts';
import type { AutoencoderKL, LatentDistribution } from '../vae/vae.ts';
import type { Checkpoint } from '../weights/checkpoint.ts';
import type { Component } from '../weights/component.ts';
import { loadWeights, type ModelLoadOptions, resolveDtype } from '../weights/load.ts';
import { type CheckpointOptions, openCheckpoint } from '../weights/openCheckpoint.ts';
import { fromPixels, toPixels } from './pixels.ts';

/** Which weights of Stable Diffusion are loaded, and how they are kept. */
export interface StableDiffusionOptions extends CheckpointOptions, ModelLoadOptions {
  /** Called with a message about each assumption or omission. */
  readonly onNote?: (note: string) => void;
}

/** How prompts beyond the tokenizer's `maxLength` (CLIP's 77 tokens, start and end included) are read. */
export interface LongPromptOptions {
  /**
   * Reads them whole, in chunks that are encoded one by one (`ClipTokenizer.encodeChunks`) and that the UNet attends to
   * as one sequence. Default false: their end is not read.
   */
  readonly longPrompts?: boolean;
}

/** The parts of Stable Diffusion, loaded on a device. Dispose it, or declare it with `using`. */
export class StableDiffusion {
  /** Batches and sizes whose kernels were compiled ahead. */
  private readonly compiled = new Set<string>();

  constructor(
    readonly tokenizer: ClipTokenizer,
    readonly textEncoder: ClipTextModel,
    readonly unet: UNet2DConditionModel,
    readonly vae: AutoencoderKL,
    readonly schedulerConfig: SchedulerConfig,
  ) {}

  /**
   * Loads a diffusers folder (whole or sharded, any variant), or a single `.safetensors` file with LDM names.
   *
   * @param source a folder or file on the disk (`modelAt` of `@lusd/sd-models/node`), that a browser gave
   *   (`pickedFolder`, `blobFile`), or behind a web address (`urlFolder`, `urlFile`)
   * @throws CheckpointError or SafetensorsError naming the file and what is wrong with it, or which parts do not fit
   *   each other
   */
  static async load(
    source: ModelFolder | ModelFile,
    { onNote, ...options }: StableDiffusionOptions = {},
  ): Promise<StableDiffusion> {
    const device = options.device ?? currentDevice();
    const checkpoint = await openCheckpoint(source, options);
    for (const note of checkpoint.notes) onNote?.(note);
    return StableDiffusion.fromCheckpoint(checkpoint, { ...options, device });
  }

  /**
   * Loads an opened checkpoint.
   * @throws CheckpointError or SafetensorsError as {@link StableDiffusion.load}
   */
  static async fromCheckpoint(
    checkpoint: Checkpoint,
    { device = currentDevice(), ...options }: ModelLoadOptions = {},
  ): Promise<StableDiffusion> {
    checkpoint.requireWhole();
    const models = [
      loading(checkpoint.textEncoder),
      loading(checkpoint.unet),
      loading(checkpoint.vae),
    ] as const;
    const stateDicts = models.map(({ stateDict }) => stateDict);
    const dtype = resolveDtype(options, stateDicts, device);
    try {
      for (const { model, stateDict } of models) await loadWeights(model, stateDict, { dtype, device });
    } catch (error) {
      for (const { model } of models) model.dispose();
      throw error;
    }
    const [text, unet, vae] = models;
    return new StableDiffusion(
      checkpoint.tokenizer.tokenizer,
      text.model,
      unet.model,
      vae.model,
      checkpoint.scheduler.config,
    );
  }

  /** The device that the weights are on. */
  get device(): Device {
    return this.unet.device;
  }

  /**
   * Moves every weight to `device` and frees it where it was. Await it before the next picture.
   * @throws what either device reports; call it again then, for either device
   */
  async to(device: Device): Promise<this> {
    for (const model of [this.textEncoder, this.unet, this.vae]) await model.to(device);
    this.compiled.clear();
    return this;
  }

  /**
   * Prompts as the UNet takes them, [B, tokens, hiddenSize]. Of longer ones than the tokenizer's `maxLength` the end is
   * lost (`tokenizer.encode` says which), or with `longPrompts` tokens are `maxLength` for each chunk.
   */
  encodePrompts(
    prompts: readonly string[],
    { longPrompts = false, ...options }: ClipTextOptions & LongPromptOptions = {},
  ): Tensor {
    const { tokenizer, textEncoder } = this;
    const chunks = longPrompts
      ? tokenizer.encodeChunks(prompts).flat()
      : prompts.map((prompt) => tokenizer.encode(prompt));
    return noGrad(() =>
      scope(() => {
        const { lastHiddenState } = textEncoder.forward(
          chunks.map(({ ids }) => ids),
          options,
        );
        const tokens = (chunks.length / prompts.length) * tokenizer.maxLength;
        return lastHiddenState.reshape([prompts.length, tokens, textEncoder.config.hiddenSize]);
      }),
    );
  }

  /**
   * Compiles the kernels of pictures of `width` x `height`, many at a time: those of encoding, of a UNet call for `batch`
   * latents, and of decoding. They are else compiled one by one as they are first launched, which took NVIDIA's driver
   * 24.8 s for a UNet call. Nothing is done on a software adapter, whose kernels are compiled when they first run.
   * @throws RangeError as `encodeImage`
   */
  async compile(width: number, height: number, batch = 2): Promise<void> {
    const { unet, vae, device, compiled } = this;
    const key = `${batch} x ${width} x ${height}`;
    if (device.tuning.facts.software || compiled.has(key)) return;
    const image = { width, height, data: new Uint8Array(width * height * 3) };
    const [h, w] = [height / vae.downscaleFactor, width / vae.downscaleFactor];
    const latents = (count: number, channels: number) => zeros([count, h, w, channels], { device });
    const parts: (() => unknown)[] = [
      () => this.encodeImage(image),
      () => {
        using context = unet.prepareContext(this.encodePrompts(Array<string>(batch).fill('')));
        // Latents of one's own for each prompt, or the same for all.
        for (const count of [batch, 1]) unet.forward(latents(count, unet.config.inChannels), 0, { context });
      },
      () => vae.decode(latents(1, vae.config.latentChannels)),
    ];
    for (const part of parts) {
      await compileKernels(part, device);
      // What one part takes, another seldom can use.
      device.trim();
    }
    compiled.add(key);
  }

  /**
   * Where a picture lies among the latents the UNet works on (multiplied by the scaling factor), f32 [1, h, w, C].
   * @throws RangeError if the picture's sides are no multiples of the autoencoder's factor
   */
  encodeImage(image: Image, options?: TilingOptions): LatentDistribution {
    const { scalingFactor } = this.vae.config;
    return noGrad(() =>
      scope(() => {
        const { mean, logvar } = this.vae.encode(toPixels(image, this.device), options);
        return {
          mean: mean.cast('f32').mul(scalingFactor),
          logvar: logvar.cast('f32').add(2 * Math.log(scalingFactor)),
        };
      }),
    );
  }

  /** The picture of latents [1, h, w, C] that the UNet works on. */
  async decodeLatents(latents: Tensor, options?: TilingOptions): Promise<Image> {
    using pixels = inference(() => this.vae.decode(latents.div(this.vae.config.scalingFactor), options));
    return await fromPixels(pixels);
  }

  dispose(): void {
    this.textEncoder.dispose();
    this.unet.dispose();
    this.vae.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** A component's model, still without weights, and its weights. */
function loading<C, M extends Module>(component: Component<C, M>) {
  return { model: component.build(), stateDict: component.stateDict };
}
