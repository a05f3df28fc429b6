import {
  Conv2d,
  dims,
  forwardAdd,
  GroupNorm,
  Linear,
  Module,
  scaledDotProductAttention,
  scope,
  type Tensor,
  type UnaryModule,
} from '@lusd/tensor';
import { ResnetBlock2D } from '../unet/resnet.ts';

const NORM_EPS = 1e-6;

/** `layers` one after another, each result freed as soon as the next one is made: pictures are the largest tensors. */
export function through(layers: readonly { forward(x: Tensor): Tensor }[], x: Tensor): Tensor {
  return layers.reduce((hidden, layer) => {
    const next = layer.forward(hidden);
    if (hidden !== x) hidden.dispose();
    return next;
  }, x);
}

/** A normalisation of the autoencoder. */
export function vaeNorm(numGroups: number, channels: number): GroupNorm {
  return new GroupNorm(numGroups, channels, NORM_EPS);
}

/** `count` resnets, the first of which changes the channels. */
export function vaeResnets(count: number, inChannels: number, outChannels: number, normNumGroups: number) {
  return Array.from({ length: count }, (_, i) =>
    vaeResnet(i === 0 ? inChannels : outChannels, outChannels, normNumGroups),
  );
}

function vaeResnet(inChannels: number, outChannels: number, normNumGroups: number): ResnetBlock2D {
  return new ResnetBlock2D({ inChannels, outChannels, timeChannels: null, normNumGroups, normEps: NORM_EPS });
}

/** Halves height and width, rounding down: pads right and bottom by one. Reference: diffusers' `Downsample2D`. */
export class VaeDownsample extends Module {
  readonly conv: UnaryModule;

  constructor(channels: number) {
    super();
    this.conv = new Conv2d(channels, channels, 3, { stride: 2, padding: [0, 1, 0, 1] });
  }

  /** [B, H, W, C] -> [B, floor(H / 2), floor(W / 2), C]. */
  forward(x: Tensor): Tensor {
    return this.conv.forward(x);
  }
}

/** Self-attention over pixels with one head. Reference: diffusers' `Attention` in `UNetMidBlock2D`. */
export class VaeAttention extends Module {
  readonly group_norm: UnaryModule;
  readonly to_q: UnaryModule;
  readonly to_k: UnaryModule;
  readonly to_v: UnaryModule;
  readonly to_out: readonly [UnaryModule];

  constructor(channels: number, normNumGroups: number) {
    super();
    this.group_norm = vaeNorm(normNumGroups, channels);
    this.to_q = new Linear(channels, channels);
    this.to_k = new Linear(channels, channels);
    this.to_v = new Linear(channels, channels);
    this.to_out = [new Linear(channels, channels)];
  }

  /** [B, H, W, C] -> the same. */
  forward(x: Tensor): Tensor {
    const [batch, height, width, channels] = dims('vae', x, ['B', 'H', 'W', 'C']);
    return scope(() => {
      const pixels = this.group_norm.forward(x).reshape([batch, height * width, 1, channels]);
      const attended = scaledDotProductAttention(
        this.to_q.forward(pixels),
        this.to_k.forward(pixels),
        this.to_v.forward(pixels),
      );
      return forwardAdd(this.to_out[0], x, attended.reshape(x.shape));
    });
  }
}

/** Resnet, attention (where the configuration wants it), resnet. Reference: diffusers' `UNetMidBlock2D`. */
export class VaeMidBlock extends Module {
  readonly resnets: readonly [ResnetBlock2D, ResnetBlock2D];
  readonly attentions: readonly VaeAttention[];

  constructor(channels: number, normNumGroups: number, addAttention: boolean) {
    super();
    const resnet = () => vaeResnet(channels, channels, normNumGroups);
    this.resnets = [resnet(), resnet()];
    this.attentions = addAttention ? [new VaeAttention(channels, normNumGroups)] : [];
  }

  /** [B, H, W, C] -> the same. */
  forward(x: Tensor): Tensor {
    const [first, last] = this.resnets;
    return through([first, ...this.attentions, last], x);
  }
}
