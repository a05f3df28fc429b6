import {
  dims,
  forwardAdd,
  gelu,
  LayerNorm,
  Linear,
  Module,
  quickGelu,
  scaledDotProductAttention,
  scope,
  type Tensor,
  type UnaryModule,
} from '@lusd/tensor';
import { Mlp } from '../transformer/mlp.ts';
import type { ClipActivation, ClipTowerConfig } from './config.ts';

const ACTIVATIONS: Readonly<Record<ClipActivation, (x: Tensor) => Tensor>> = { quick_gelu: quickGelu, gelu };

/** Multi-head self-attention, all maps with biases. Reference: transformers' `CLIPAttention`. */
class ClipAttention extends Module {
  readonly k_proj: UnaryModule;
  readonly v_proj: UnaryModule;
  readonly q_proj: UnaryModule;
  readonly out_proj: UnaryModule;
  private readonly heads: number;

  constructor({ hiddenSize, numAttentionHeads }: ClipTowerConfig) {
    super();
    this.k_proj = new Linear(hiddenSize, hiddenSize);
    this.v_proj = new Linear(hiddenSize, hiddenSize);
    this.q_proj = new Linear(hiddenSize, hiddenSize);
    this.out_proj = new Linear(hiddenSize, hiddenSize);
    this.heads = numAttentionHeads;
  }

  /** [B, L, C] -> the same. */
  forward(x: Tensor, causal: boolean): Tensor {
    return this.out_proj.forward(this.attend(x, causal));
  }

  forwardAdd(add: Tensor, x: Tensor, causal: boolean): Tensor {
    return forwardAdd(this.out_proj, add, this.attend(x, causal));
  }

  private attend(x: Tensor, causal: boolean): Tensor {
    const [batch, length, channels] = dims('clip', x, ['B', 'L', 'C']);
    const byHead = (y: Tensor) => y.reshape([batch, length, this.heads, channels / this.heads]);
    const queries = byHead(this.q_proj.forward(x));
    const keys = byHead(this.k_proj.forward(x));
    const values = byHead(this.v_proj.forward(x));
    return scaledDotProductAttention(queries, keys, values, { causal }).reshape(x.shape);
  }
}

/** Attention and MLP, each after a normalisation and with a residual. Reference: transformers' `CLIPEncoderLayer`. */
export class ClipEncoderLayer extends Module {
  readonly self_attn: ClipAttention;
  readonly layer_norm1: UnaryModule;
  readonly mlp: UnaryModule;
  readonly layer_norm2: UnaryModule;

  constructor(config: ClipTowerConfig) {
    super();
    const { hiddenSize, intermediateSize, hiddenAct, layerNormEps } = config;
    this.self_attn = new ClipAttention(config);
    this.layer_norm1 = new LayerNorm(hiddenSize, layerNormEps);
    this.mlp = new Mlp(hiddenSize, intermediateSize, ACTIVATIONS[hiddenAct]);
    this.layer_norm2 = new LayerNorm(hiddenSize, layerNormEps);
  }

  /** [B, L, C] -> the same. `causal`: no token attends to later ones. */
  forward(x: Tensor, causal: boolean): Tensor {
    return scope(() => {
      const attended = forwardAdd(this.self_attn, x, this.layer_norm1.forward(x), causal);
      return forwardAdd(this.mlp, attended, this.layer_norm2.forward(attended));
    });
  }
}

/** The layers of one of CLIP's transformers. Reference: transformers' `CLIPEncoder`. */
export class ClipEncoder extends Module {
  readonly layers: readonly ClipEncoderLayer[];

  constructor(config: ClipTowerConfig) {
    super();
    this.layers = Array.from({ length: config.numHiddenLayers }, () => new ClipEncoderLayer(config));
  }

  /** [B, L, C] -> the same, through the first `layers` layers (default all). */
  forward(x: Tensor, { causal, layers = this.layers.length }: { causal: boolean; layers?: number }): Tensor {
    return scope(() =>
      this.layers.slice(0, layers).reduce((hidden, layer) => layer.forward(hidden, causal), x),
    );
  }
}
