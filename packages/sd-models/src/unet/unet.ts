import {
  Conv2d,
  cast,
  concat,
  dims,
  forwardSilu,
  GroupNorm,
  Module,
  ShapeError,
  scope,
  Tensor,
  tensor,
  type UnaryModule,
} from '@lusd/tensor';
import { type Attention, type KeysValues, PreparedContext } from './attention.ts';
import { type BlockInputs, DownBlock, LayerFactory, MidBlock, UpBlock } from './blocks.ts';
import { type Conditioning, requireConditioning, requireContext } from './conditioning.ts';
import type { UNetConfig } from './config.ts';
import { TimestepEmbedding, Timesteps } from './timestep.ts';

/** Features of the time embedding over those of the highest resolution. */
const TIME_EXPANSION = 4;

/** One timestep for the whole batch, one an item, or either on the device ([1] or [B]), as a captured step needs it. */
export type Timestep = number | readonly number[] | Tensor;

/** Predicts the noise (or the velocity) in latents. Reference: diffusers' `UNet2DConditionModel`. */
export class UNet2DConditionModel extends Module {
  readonly conv_in: UnaryModule;
  readonly time_embedding: TimestepEmbedding;
  readonly down_blocks: readonly DownBlock[];
  readonly mid_block: MidBlock;
  readonly up_blocks: readonly UpBlock[];
  readonly conv_norm_out: UnaryModule;
  readonly conv_out: UnaryModule;
  private readonly timesteps: Timesteps;

  constructor(readonly config: UNetConfig) {
    super();
    const { downLevels, upLevels, inChannels, outChannels, normNumGroups, normEps } = config;
    const { channels } = downLevels[0]!;
    const timeChannels = TIME_EXPANSION * channels;
    const layers = new LayerFactory(config, timeChannels);
    this.conv_in = new Conv2d(inChannels, channels, 3, { padding: 1 });
    this.timesteps = new Timesteps(channels, config);
    this.time_embedding = new TimestepEmbedding(channels, timeChannels);
    this.down_blocks = downLevels.map((_, i) => new DownBlock(layers, config, i));
    this.mid_block = new MidBlock(layers, config);
    this.up_blocks = upLevels.map((_, i) => new UpBlock(layers, config, i));
    this.conv_norm_out = new GroupNorm(normNumGroups, channels, normEps);
    this.conv_out = new Conv2d(channels, outChannels, 3, { padding: 1 });
  }

  /**
   * Computes in the dtype of the weights and returns the dtype of `sample`. One sample for a context of several prompts
   * is one for all of them: what comes before the first cross-attention is computed once.
   *
   * @param sample noisy latents [B or 1, H, W, inChannels], less the channels of `conditioning.concat`; B of the context
   * @returns [B, H, W, outChannels]
   * @throws ShapeError when an operand does not fit the configuration or the batch, or a hook asks for an item that the
   *   batch lacks
   */
  forward(sample: Tensor, timestep: Timestep, conditioning: Conditioning): Tensor {
    requireConditioning(this.config, sample, conditioning);
    return scope(() => {
      const inputs = this.blockInputs(sample, timestep, conditioning);
      const skips = [this.conv_in.forward(this.input(sample, conditioning))];
      for (const block of this.down_blocks) skips.push(...block.forward(skips.at(-1)!, inputs));
      let hidden = this.mid_block.forward(skips.at(-1)!, inputs);
      for (const block of this.up_blocks) {
        const own = skips.splice(-block.resnets.length);
        hidden = block.forward(hidden, own, sizeOf(skips.at(-1) ?? sample), inputs);
      }
      return cast(this.conv_out.forward(forwardSilu(this.conv_norm_out, hidden)), sample.dtype);
    });
  }

  /**
   * The keys and values of every cross-attention layer, to be computed once where a context serves many passes; the
   * first of these may be captured.
   *
   * @param context [B, L, crossAttentionDim]
   */
  prepareContext(context: Tensor): PreparedContext {
    requireContext(this.config, context);
    this.timesteps.prepare(context.device);
    const layers = scope(() => {
      const prompt = cast(context, this.dtype);
      return new Map<Attention, KeysValues>(
        this.crossAttentions().map((layer) => [layer, layer.project(prompt)]),
      );
    });
    const [batch] = dims('unet', context, ['B', 'L', 'C'], 'the context');
    return new PreparedContext(batch, layers);
  }

  override dispose(): void {
    super.dispose();
    this.timesteps.dispose();
  }

  private crossAttentions(): Attention[] {
    return [...this.down_blocks, this.mid_block, ...this.up_blocks].flatMap((block) =>
      block.attentions.flatMap(({ transformer_blocks }) => transformer_blocks.map(({ attn2 }) => attn2)),
    );
  }

  /** The sample with what is joined to its channels, in the dtype of the weights. */
  private input(sample: Tensor, { concat: beside }: Conditioning): Tensor {
    return cast(beside ? concat([sample, cast(beside, sample.dtype)], -1) : sample, this.dtype);
  }

  private blockInputs(sample: Tensor, timestep: Timestep, conditioning: Conditioning): BlockInputs {
    const { context, hooks = null } = conditioning;
    const sinusoids = this.timesteps.forward(timestepTensor(timestep, sample));
    // Stable Diffusion XL adds the embedding of `conditioning.added` to that of the time.
    const time = forwardSilu(this.time_embedding, cast(sinusoids, this.dtype));
    return { time, context: context instanceof Tensor ? cast(context, this.dtype) : context, hooks };
  }
}

function sizeOf(x: Tensor): readonly [height: number, width: number] {
  const [, height, width] = dims('unet', x, ['B', 'H', 'W', 'C'], 'the sample');
  return [height, width];
}

function timestepTensor(timestep: Timestep, { shape, device }: Tensor): Tensor {
  const onDevice = timestep instanceof Tensor ? timestep : tensor([timestep].flat(), { device });
  if (onDevice.size === 1 || onDevice.size === shape[0]) return onDevice;
  throw new ShapeError(
    `unet: ${onDevice.size} timesteps for ${shape[0]} batch items; pass one, or one an item`,
  );
}
