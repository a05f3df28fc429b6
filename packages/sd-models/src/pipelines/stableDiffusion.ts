import { noGrad, scope, type Tensor } from '@lusd/tensor';
import { CheckpointError } from '../checkpointError.ts';
import { ClipTextModel, type ClipTextOptions } from '../clip/text.ts';
import type { Image } from '../image/image.ts';
import type { SchedulerConfig } from '../schedulers/config.ts';
import type { Cleaning } from '../tokenizer/clean.ts';
import type { ClipTokenizer } from '../tokenizer/clipTokenizer.ts';
import { loadClipTokenizer } from '../tokenizer/loadTokenizer.ts';
import { UNet2DConditionModel } from '../unet/unet.ts';
import type { TilingOptions } from '../vae/tiling.ts';
import { AutoencoderKL, type LatentDistribution } from '../vae/vae.ts';
import { isFolder } from '../weights/diffusersFolder.ts';
import { loadWeights, type ModelLoadOptions, resolveDtype } from '../weights/load.ts';
import { requireCompatible } from './compatibility.ts';
import { findFileComponents, findFolderComponents, type PipelineComponents } from './components.ts';
import { fromPixels, toPixels } from './pixels.ts';

export interface StableDiffusionOptions extends ModelLoadOptions {
  /** The weights' file variant in a diffusers folder, such as `fp16`. Default: full precision, else `fp16`. */
  readonly variant?: string;
  /**
   * For a single file, which has no tokenizer: a diffusers folder of the same architecture. Its configurations are
   * taken too, where it has them.
   */
  readonly configFolder?: string;
  /** How prompts are cleaned. Default 'slow', as the released Stable Diffusion programs. */
  readonly cleaning?: Cleaning;
}

/** The parts of Stable Diffusion, loaded on the current device. Dispose it, or declare it with `using`. */
export class StableDiffusion {
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
   * @throws CheckpointError or SafetensorsError naming the file and what is wrong with it, or which parts do not fit
   *   each other
   */
  static async load(path: string, options: StableDiffusionOptions = {}): Promise<StableDiffusion> {
    const components = await findComponents(path, options);
    const tokenizer = await loadClipTokenizer(components.tokenizerFolder, options.cleaning);
    requireCompatible(components, tokenizer, path);
    const { unet, vae, textEncoder, scheduler } = components;
    const models = [
      { model: new ClipTextModel(textEncoder.config), checkpoint: textEncoder.checkpoint },
      { model: new UNet2DConditionModel(unet.config), checkpoint: unet.checkpoint },
      { model: new AutoencoderKL(vae.config), checkpoint: vae.checkpoint },
    ] as const;
    const dtype = resolveDtype(
      options,
      models.map(({ checkpoint }) => checkpoint),
    );
    try {
      for (const { model, checkpoint } of models) await loadWeights(model, checkpoint, { dtype });
    } catch (error) {
      for (const { model } of models) model.dispose();
      throw error;
    }
    const [text, denoiser, autoencoder] = models;
    return new StableDiffusion(tokenizer, text.model, denoiser.model, autoencoder.model, scheduler);
  }

  /** Prompts as the UNet takes them, [B, maxLength, hiddenSize]; longer ones lose their last words. */
  encodePrompts(prompts: readonly string[], options?: ClipTextOptions): Tensor {
    const ids = prompts.map((prompt) => this.tokenizer.encode(prompt).ids);
    return noGrad(() => scope(() => this.textEncoder.forward(ids, options).lastHiddenState));
  }

  /**
   * Where a picture lies among the latents the UNet works on (multiplied by the scaling factor), f32 [1, h, w, C].
   * @throws RangeError where the picture's sides are no multiples of the autoencoder's factor
   */
  encodeImage(image: Image, options?: TilingOptions): LatentDistribution {
    const { scalingFactor } = this.vae.config;
    return noGrad(() =>
      scope(() => {
        const { mean, logvar } = this.vae.encode(toPixels(image), options);
        return {
          mean: mean.cast('f32').mul(scalingFactor),
          logvar: logvar.cast('f32').add(2 * Math.log(scalingFactor)),
        };
      }),
    );
  }

  /** The picture of latents [1, h, w, C] that the UNet works on. */
  async decodeLatents(latents: Tensor, options?: TilingOptions): Promise<Image> {
    const pixels = noGrad(() =>
      scope(() => this.vae.decode(latents.div(this.vae.config.scalingFactor), options)),
    );
    try {
      return await fromPixels(pixels);
    } finally {
      pixels.dispose();
    }
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

async function findComponents(
  path: string,
  { variant, configFolder }: StableDiffusionOptions,
): Promise<PipelineComponents> {
  if (await isFolder(path)) return findFolderComponents(path, variant);
  if (configFolder !== undefined) return findFileComponents(path, configFolder);
  throw new CheckpointError(
    `${path} is a single file, which holds no tokenizer; name a diffusers folder of the same model as configFolder.`,
  );
}
