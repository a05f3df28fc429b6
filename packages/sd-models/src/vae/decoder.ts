import { Conv2d, forwardSilu, Module, scope, type Tensor, type UnaryModule } from '@lusd/tensor';
import { type ResnetBlock2D, Upsample2D } from '../unet/resnet.ts';
import { through, VaeMidBlock, vaeNorm, vaeResnets } from './blocks.ts';
import type { VaeConfig } from './config.ts';

/** Resnets at one resolution, then twice that. Reference: diffusers' `UpDecoderBlock2D`. */
export class UpDecoderBlock extends Module {
  readonly resnets: readonly ResnetBlock2D[];
  /** Empty at the last level. */
  readonly upsamplers: readonly Upsample2D[];

  constructor(inChannels: number, outChannels: number, config: VaeConfig, isLast: boolean) {
    super();
    this.resnets = vaeResnets(config.layersPerBlock + 1, inChannels, outChannels, config.normNumGroups);
    this.upsamplers = isLast ? [] : [new Upsample2D(outChannels)];
  }

  /** [B, h, w, in] -> [B, 2 h, 2 w, out], or the same size at the last level. */
  forward(x: Tensor): Tensor {
    return through([...this.resnets, ...this.upsamplers], x);
  }
}

/** Latents to pictures. Reference: diffusers' `Decoder`. */
export class Decoder extends Module {
  readonly conv_in: UnaryModule;
  readonly mid_block: VaeMidBlock;
  readonly up_blocks: readonly UpDecoderBlock[];
  readonly conv_norm_out: UnaryModule;
  readonly conv_out: UnaryModule;

  constructor(config: VaeConfig) {
    super();
    const { normNumGroups } = config;
    const channels = config.blockOutChannels.toReversed();
    const last = channels.at(-1)!;
    this.conv_in = new Conv2d(config.latentChannels, channels[0]!, 3, { padding: 1 });
    this.mid_block = new VaeMidBlock(channels[0]!, normNumGroups, config.midBlockAddAttention);
    this.up_blocks = channels.map(
      (out, i) => new UpDecoderBlock(channels[i - 1] ?? out, out, config, i === channels.length - 1),
    );
    this.conv_norm_out = vaeNorm(normNumGroups, last);
    this.conv_out = new Conv2d(last, config.outChannels, 3, { padding: 1 });
  }

  /** [B, h, w, latentChannels] -> [B, H, W, outChannels], not clamped. */
  forward(latents: Tensor): Tensor {
    return scope(() => {
      const hidden = through([this.conv_in, this.mid_block, ...this.up_blocks], latents);
      return this.conv_out.forward(forwardSilu(this.conv_norm_out, hidden));
    });
  }
}
