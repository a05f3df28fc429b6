import { Conv2d, forwardSilu, Module, scope, type Tensor, type UnaryModule } from '@lusd/tensor';
import type { ResnetBlock2D } from '../unet/resnet.ts';
import { through, VaeDownsample, VaeMidBlock, vaeNorm, vaeResnets } from './blocks.ts';
import type { VaeConfig } from './config.ts';

/** Resnets at one resolution, then half of it. Reference: diffusers' `DownEncoderBlock2D`. */
export class DownEncoderBlock extends Module {
  readonly resnets: readonly ResnetBlock2D[];
  /** Empty at the last level. */
  readonly downsamplers: readonly VaeDownsample[];

  constructor(inChannels: number, outChannels: number, config: VaeConfig, isLast: boolean) {
    super();
    this.resnets = vaeResnets(config.layersPerBlock, inChannels, outChannels, config.normNumGroups);
    this.downsamplers = isLast ? [] : [new VaeDownsample(outChannels)];
  }

  /** [B, H, W, in] -> [B, H / 2, W / 2, out], or the same size at the last level. */
  forward(x: Tensor): Tensor {
    return through([...this.resnets, ...this.downsamplers], x);
  }
}

/** Pictures to the moments of their latents. Reference: diffusers' `Encoder`. */
export class Encoder extends Module {
  readonly conv_in: UnaryModule;
  readonly down_blocks: readonly DownEncoderBlock[];
  readonly mid_block: VaeMidBlock;
  readonly conv_norm_out: UnaryModule;
  readonly conv_out: UnaryModule;

  constructor(config: VaeConfig) {
    super();
    const { blockOutChannels: channels, normNumGroups } = config;
    const last = channels.at(-1)!;
    this.conv_in = new Conv2d(config.inChannels, channels[0]!, 3, { padding: 1 });
    this.down_blocks = channels.map(
      (out, i) => new DownEncoderBlock(channels[i - 1] ?? out, out, config, i === channels.length - 1),
    );
    this.mid_block = new VaeMidBlock(last, normNumGroups, config.midBlockAddAttention);
    this.conv_norm_out = vaeNorm(normNumGroups, last);
    this.conv_out = new Conv2d(last, 2 * config.latentChannels, 3, { padding: 1 });
  }

  /** [B, H, W, inChannels] -> [B, h, w, 2 latentChannels]. */
  forward(image: Tensor): Tensor {
    return scope(() => {
      const hidden = through([this.conv_in, ...this.down_blocks, this.mid_block], image);
      return this.conv_out.forward(forwardSilu(this.conv_norm_out, hidden));
    });
  }
}
