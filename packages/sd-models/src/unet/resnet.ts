import {
  Conv2d,
  dims,
  forwardAdd,
  forwardSilu,
  GroupNorm,
  Linear,
  Module,
  scope,
  type Tensor,
  type UnaryModule,
  upsampleNearest,
} from '@lusd/tensor';
import type { ResnetHook } from './hooks.ts';

/** Sizes of a `ResnetBlock2D`. */
export interface ResnetOptions {
  readonly inChannels: number;
  readonly outChannels: number;
  /** Features of the time embedding; null in the VAE, which has none. */
  readonly timeChannels: number | null;
  readonly normNumGroups: number;
  readonly normEps: number;
}

/**
 * Two 3x3 convolutions with a shortcut, conditioned on the time between them. Reference: diffusers' `ResnetBlock2D`.
 */
export class ResnetBlock2D extends Module {
  readonly norm1: UnaryModule;
  readonly conv1: UnaryModule;
  readonly time_emb_proj: UnaryModule | null;
  readonly norm2: UnaryModule;
  readonly conv2: UnaryModule;
  /** Only where the channels change. */
  readonly conv_shortcut: UnaryModule | null;

  constructor({ inChannels, outChannels, timeChannels, normNumGroups, normEps }: ResnetOptions) {
    super();
    this.norm1 = new GroupNorm(normNumGroups, inChannels, normEps);
    this.conv1 = new Conv2d(inChannels, outChannels, 3, { padding: 1 });
    this.time_emb_proj = timeChannels === null ? null : new Linear(timeChannels, outChannels);
    this.norm2 = new GroupNorm(normNumGroups, outChannels, normEps);
    this.conv2 = new Conv2d(outChannels, outChannels, 3, { padding: 1 });
    this.conv_shortcut = inChannels === outChannels ? null : new Conv2d(inChannels, outChannels, 1);
  }

  /**
   * @param x [B, H, W, in]
   * @param time SiLU of the time embedding, [B or 1, timeChannels]; null if the block has none
   * @param hook reads or replaces what the resnet computes
   * @returns [B, H, W, out]
   */
  forward(x: Tensor, time: Tensor | null = null, hook: ResnetHook | null = null): Tensor {
    const shortcut = this.conv_shortcut;
    if (!shortcut && !hook?.residual) return this.residual(x, time, x);
    return scope(() => {
      const own = this.residual(x, time, null);
      const residual = hook?.residual?.(own) ?? own;
      return shortcut ? forwardAdd(shortcut, residual, x) : x.add(residual);
    });
  }

  // A scope a convolution: the autoencoder's pictures are so large that no more than four may be held at once.
  private residual(x: Tensor, time: Tensor | null, add: Tensor | null): Tensor {
    return scope(() => {
      const hidden = scope(() => this.first(forwardSilu(this.norm1, x), time));
      const normalized = forwardSilu(this.norm2, hidden);
      return add ? forwardAdd(this.conv2, add, normalized) : this.conv2.forward(normalized);
    });
  }

  private first(x: Tensor, time: Tensor | null): Tensor {
    if (!this.time_emb_proj || !time) return this.conv1.forward(x);
    return forwardAdd(this.conv1, perChannel(this.time_emb_proj.forward(time)), x);
  }
}

/** [B, C] -> [B, 1, 1, C], which broadcasts over pixels. */
function perChannel(x: Tensor): Tensor {
  const [batch, channels] = dims('resnet', x, ['B', 'C'], 'the time');
  return x.reshape([batch, 1, 1, channels]);
}

/** Halves height and width, rounding up. Reference: diffusers' `Downsample2D` with padding 1. */
export class Downsample2D extends Module {
  readonly conv: UnaryModule;

  constructor(channels: number) {
    super();
    this.conv = new Conv2d(channels, channels, 3, { stride: 2, padding: 1 });
  }

  /** [B, H, W, C] -> [B, ceil(H / 2), ceil(W / 2), C]. */
  forward(x: Tensor): Tensor {
    return this.conv.forward(x);
  }
}

/** Nearest-neighbour enlargement, then a convolution. Reference: diffusers' `Upsample2D`. */
export class Upsample2D extends Module {
  readonly conv: UnaryModule;

  constructor(channels: number) {
    super();
    this.conv = new Conv2d(channels, channels, 3, { padding: 1 });
  }

  /** [B, h, w, C] -> [B, H, W, C], by default twice the size. */
  forward(x: Tensor, size?: readonly [height: number, width: number]): Tensor {
    const [, height, width] = dims('upsample', x, ['B', 'h', 'w', 'C']);
    return scope(() => this.conv.forward(upsampleNearest(x, size ?? [2 * height, 2 * width])));
  }
}
