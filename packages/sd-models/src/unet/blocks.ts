import { concat, Module, scope, type Tensor } from '@lusd/tensor';
import { forItems } from './batch.ts';
import type { UNetConfig, UNetLevel } from './config.ts';
import type { ResnetHook, UNetPlace } from './hooks.ts';
import { Downsample2D, projectTime, ResnetBlock2D, Upsample2D } from './resnet.ts';
import { Transformer2DModel, type TransformerInputs } from './transformer.ts';

/** What one pass hands to every block. */
export interface BlockInputs extends TransformerInputs {
  /** SiLU of the time embedding, [B or 1, timeChannels]. */
  readonly time: Tensor;
}

/** The hook of the `resnet`-th resnet of the `block`-th block; null for none. */
function resnetHook(
  { hooks }: BlockInputs,
  place: UNetPlace,
  block: number,
  resnet: number,
): ResnetHook | null {
  return hooks?.resnet?.({ place, block, resnet }) ?? null;
}

/** Makes the layers that all blocks of a UNet have in common. */
export class LayerFactory {
  constructor(
    private readonly config: UNetConfig,
    private readonly timeChannels: number,
  ) {}

  resnet(inChannels: number, outChannels: number): ResnetBlock2D {
    const { normNumGroups, normEps } = this.config;
    return new ResnetBlock2D({
      inChannels,
      outChannels,
      timeChannels: this.timeChannels,
      normNumGroups,
      normEps,
    });
  }

  /** One transformer for each of `count` resnets, none if the level has no attention. */
  transformers(level: UNetLevel, count: number, place: UNetPlace, block: number): Transformer2DModel[] {
    const { crossAttentionDim, normNumGroups, useLinearProjection } = this.config;
    return Array.from({ length: level.hasAttention ? count : 0 }, (_, transformer) => {
      const site = { place, block, transformer };
      const { channels, heads } = level;
      return new Transformer2DModel({
        channels,
        heads,
        crossAttentionDim,
        normNumGroups,
        useLinearProjection,
        site,
      });
    });
  }
}

/**
 * Resnets, each with a transformer where the level has attention, then half the size: diffusers'
 * `(CrossAttn)DownBlock2D`.
 */
export class DownBlock extends Module {
  readonly attentions: readonly Transformer2DModel[];
  readonly resnets: readonly ResnetBlock2D[];
  /** One, or none in the last block. */
  readonly downsamplers: readonly Downsample2D[];

  constructor(
    layers: LayerFactory,
    config: UNetConfig,
    private readonly index: number,
  ) {
    super();
    const { layersPerBlock, downLevels } = config;
    const level = downLevels[index]!;
    const before = downLevels[index - 1] ?? level;
    this.attentions = layers.transformers(level, layersPerBlock, 'down', index);
    this.resnets = Array.from({ length: layersPerBlock }, (_, i) =>
      layers.resnet(i === 0 ? before.channels : level.channels, level.channels),
    );
    this.downsamplers = index < downLevels.length - 1 ? [new Downsample2D(level.channels)] : [];
  }

  /** [B, H, W, C] -> the skips in order, the last of which is the block's result. */
  forward(x: Tensor, inputs: BlockInputs): Tensor[] {
    return scope(() => {
      const times = projectTime(this.resnets, inputs.time);
      const skips: Tensor[] = [];
      let hidden = x;
      for (const [i, resnet] of this.resnets.entries()) {
        const hook = resnetHook(inputs, 'down', this.index, i);
        hidden = resnet.forward(hidden, inputs.time, hook, times[i]);
        hidden = this.attentions[i]?.forward(hidden, inputs) ?? hidden;
        skips.push(hidden);
      }
      for (const downsampler of this.downsamplers) skips.push(downsampler.forward(hidden));
      return skips;
    });
  }
}

/** Resnet, transformer, resnet at the lowest resolution: diffusers' `UNetMidBlock2DCrossAttn`. */
export class MidBlock extends Module {
  readonly attentions: readonly [Transformer2DModel];
  readonly resnets: readonly [ResnetBlock2D, ResnetBlock2D];

  constructor(layers: LayerFactory, { midLevel }: UNetConfig) {
    super();
    const { channels } = midLevel;
    const [transformer] = layers.transformers(midLevel, 1, 'mid', 0);
    this.attentions = [transformer!];
    this.resnets = [layers.resnet(channels, channels), layers.resnet(channels, channels)];
  }

  /** [B, H, W, C] -> the same. */
  forward(x: Tensor, inputs: BlockInputs): Tensor {
    return scope(() => {
      const [hook0, hook1] = [resnetHook(inputs, 'mid', 0, 0), resnetHook(inputs, 'mid', 0, 1)];
      const times = projectTime(this.resnets, inputs.time);
      const hidden = this.resnets[0].forward(x, inputs.time, hook0, times[0]);
      const attended = this.attentions[0].forward(hidden, inputs);
      return this.resnets[1].forward(attended, inputs.time, hook1, times[1]);
    });
  }
}

/**
 * Resnets over the concatenated skips, each with a transformer where the level has attention, then twice the size:
 * diffusers' `(CrossAttn)UpBlock2D`.
 */
export class UpBlock extends Module {
  readonly attentions: readonly Transformer2DModel[];
  readonly resnets: readonly ResnetBlock2D[];
  /** One, or none in the last block. */
  readonly upsamplers: readonly Upsample2D[];

  constructor(
    layers: LayerFactory,
    config: UNetConfig,
    private readonly index: number,
  ) {
    super();
    const { upLevels, layersPerBlock } = config;
    const count = layersPerBlock + 1;
    const level = upLevels[index]!;
    const before = upLevels[index - 1] ?? level;
    const after = upLevels[index + 1] ?? level;
    this.attentions = layers.transformers(level, count, 'up', index);
    this.resnets = Array.from({ length: count }, (_, i) => {
      const hidden = i === 0 ? before.channels : level.channels;
      // The last skip of a level comes from the layer before it on the way down: the next level here.
      const skip = i === count - 1 ? after.channels : level.channels;
      return layers.resnet(hidden + skip, level.channels);
    });
    this.upsamplers = index < upLevels.length - 1 ? [new Upsample2D(level.channels)] : [];
  }

  /**
   * @param x [B, h, w, C]
   * @param skips one for each resnet, in the order in which the way down made them; of B items or of one for all
   * @param size height and width of the result
   */
  forward(x: Tensor, skips: readonly Tensor[], size: readonly [number, number], inputs: BlockInputs): Tensor {
    return scope(() => {
      const times = projectTime(this.resnets, inputs.time);
      let hidden = x;
      for (const [i, resnet] of this.resnets.entries()) {
        const hook = resnetHook(inputs, 'up', this.index, i);
        const skip = forItems(skips[skips.length - 1 - i]!, hidden.shape[0]!);
        const joined = concat([...(hook?.inputs?.(hidden, skip) ?? [hidden, skip])], -1);
        hidden = resnet.forward(joined, inputs.time, hook, times[i]);
        hidden = this.attentions[i]?.forward(hidden, inputs) ?? hidden;
      }
      for (const upsampler of this.upsamplers) hidden = upsampler.forward(hidden, size);
      return hidden;
    });
  }
}
