import {
  dims,
  forwardAdd,
  gelu,
  LayerNorm,
  Linear,
  Module,
  scaledDotProductAttention,
  scope,
  type Tensor,
  type UnaryModule,
} from '@lusd/tensor';
import { Mlp } from '../transformer/mlp.ts';
import type { DinoConfig } from './config.ts';

/** DINO's, in timm and the original; transformers' configuration of it says 1e-12. */
export const LAYER_NORM_EPS = 1e-6;

/** Multi-head self-attention, with one map for queries, keys and values. Reference: timm's `Attention`. */
export class DinoAttention extends Module {
  readonly qkv: UnaryModule;
  readonly proj: UnaryModule;
  private readonly heads: number;

  constructor({ hiddenSize, numAttentionHeads }: DinoConfig) {
    super();
    this.qkv = new Linear(hiddenSize, 3 * hiddenSize);
    this.proj = new Linear(hiddenSize, hiddenSize);
    this.heads = numAttentionHeads;
  }

  /** [B, L, C] -> the same. */
  forward(x: Tensor): Tensor {
    return this.proj.forward(this.attend(x));
  }

  forwardAdd(add: Tensor, x: Tensor): Tensor {
    return forwardAdd(this.proj, add, this.attend(x));
  }

  /** The keys of all heads, [B, L, C] -> [B, L, C]: the middle third of the output of `qkv`. */
  keys(x: Tensor): Tensor {
    const [, , channels] = dims('dino', x, ['B', 'L', 'C']);
    return this.qkv.forward(x).narrow(2, channels, channels);
  }

  private attend(x: Tensor): Tensor {
    const [batch, length, channels] = dims('dino', x, ['B', 'L', 'C']);
    const heads = [batch, length, this.heads, channels / this.heads];
    const packed = this.qkv.forward(x);
    const part = (i: number) => packed.narrow(2, i * channels, channels).reshape(heads);
    return scaledDotProductAttention(part(0), part(1), part(2)).reshape(x.shape);
  }
}

/** Attention and MLP, each after a normalisation and with a residual. Reference: timm's `Block`. */
export class DinoBlock extends Module {
  readonly norm1: UnaryModule;
  readonly attn: DinoAttention;
  readonly norm2: UnaryModule;
  readonly mlp: UnaryModule;

  constructor(config: DinoConfig) {
    super();
    const { hiddenSize, intermediateSize } = config;
    this.norm1 = new LayerNorm(hiddenSize, LAYER_NORM_EPS);
    this.attn = new DinoAttention(config);
    this.norm2 = new LayerNorm(hiddenSize, LAYER_NORM_EPS);
    this.mlp = new Mlp(hiddenSize, intermediateSize, gelu);
  }

  /** [B, L, C] -> the same. */
  forward(x: Tensor): Tensor {
    return scope(() => {
      const attended = forwardAdd(this.attn, x, this.norm1.forward(x));
      return forwardAdd(this.mlp, attended, this.norm2.forward(attended));
    });
  }

  /** The keys that the attention makes of [B, L, C], of the same shape. */
  keys(x: Tensor): Tensor {
    return scope(() => this.attn.keys(this.norm1.forward(x)));
  }
}
