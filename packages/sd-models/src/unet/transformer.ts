import {
  Conv2d,
  dims,
  forwardAdd,
  forwardGeglu,
  GroupNorm,
  LayerNorm,
  Linear,
  Module,
  scope,
  type Tensor,
  type UnaryModule,
} from '@lusd/tensor';
import { Attention, PreparedContext } from './attention.ts';
import { forItems } from './batch.ts';
import type { Context } from './conditioning.ts';
import {
  type AttentionHook,
  type AttentionKind,
  type AttentionLayer,
  type AttentionSite,
  transformerName,
  type UNetHooks,
} from './hooks.ts';

/** Of the transformer's GroupNorm; the UNet's other GroupNorms have the configuration's. */
const NORM_EPS = 1e-6;
/** Hidden features of the feed-forward network over its outer ones. */
const EXPANSION = 4;

/** Sizes of a `Transformer2DModel`, and where it stands. */
export interface TransformerOptions {
  readonly channels: number;
  readonly heads: number;
  readonly crossAttentionDim: number;
  readonly normNumGroups: number;
  readonly useLinearProjection: boolean;
  readonly site: AttentionSite;
}

/** What one pass hands to every transformer. */
export interface TransformerInputs {
  readonly context: Context;
  readonly hooks: UNetHooks | null;
}

/** How blocks name their attention layers. */
const ATTENTIONS: Readonly<Record<AttentionKind, string>> = { self: 'attn1', cross: 'attn2' };

/** value * GELU(gate) of one projection, whose first half is the value. Reference: diffusers' `GEGLU`. */
class GEGLU extends Module {
  readonly proj: UnaryModule;

  constructor(channels: number, hidden: number) {
    super();
    this.proj = new Linear(channels, 2 * hidden);
  }

  forward(x: Tensor): Tensor {
    return forwardGeglu(this.proj, x);
  }
}

/** Reference: diffusers' `FeedForward`. */
class FeedForward extends Module {
  /** The second place is the reference's dropout. */
  readonly net: readonly [UnaryModule, null, UnaryModule];

  constructor(channels: number) {
    super();
    this.net = [new GEGLU(channels, EXPANSION * channels), null, new Linear(EXPANSION * channels, channels)];
  }

  forward(x: Tensor): Tensor {
    return this.net[2].forward(this.net[0].forward(x));
  }

  forwardAdd(add: Tensor, x: Tensor): Tensor {
    return forwardAdd(this.net[2], add, this.net[0].forward(x));
  }
}

/** Self-attention, cross-attention and feed-forward. Reference: diffusers' `BasicTransformerBlock`. */
export class BasicTransformerBlock extends Module {
  readonly norm1: UnaryModule;
  readonly attn1: Attention;
  readonly norm2: UnaryModule;
  readonly attn2: Attention;
  readonly norm3: UnaryModule;
  readonly ff: UnaryModule;

  constructor({ channels, heads, crossAttentionDim }: TransformerOptions) {
    super();
    this.norm1 = new LayerNorm(channels);
    this.attn1 = new Attention(channels, channels, heads);
    this.norm2 = new LayerNorm(channels);
    this.attn2 = new Attention(channels, crossAttentionDim, heads);
    this.norm3 = new LayerNorm(channels);
    this.ff = new FeedForward(channels);
  }

  /** [B or 1, H * W, C] -> [B, H * W, C], B of the context; `hookOf` gives the hook of the attention layer of each kind. */
  forward(input: Tensor, context: Context, hookOf: (kind: AttentionKind) => AttentionHook | null): Tensor {
    return scope(() => {
      let x = input;
      const own = this.norm1.forward(x);
      x = forwardAdd(this.attn1, x, own, this.attn1.projectSelf(own), hookOf('self'));
      const prompt =
        context instanceof PreparedContext ? context.of(this.attn2) : this.attn2.project(context);
      x = forItems(x, prompt.keys.shape[0]!);
      x = forwardAdd(this.attn2, x, this.norm2.forward(x), prompt, hookOf('cross'));
      return forwardAdd(this.ff, x, this.norm3.forward(x));
    });
  }
}

/** A transformer over the pixels of a picture. Reference: diffusers' `Transformer2DModel`. */
export class Transformer2DModel extends Module {
  readonly norm: UnaryModule;
  readonly proj_in: UnaryModule;
  readonly transformer_blocks: readonly BasicTransformerBlock[];
  readonly proj_out: UnaryModule;
  private readonly site: AttentionSite;

  constructor(options: TransformerOptions) {
    super();
    const { channels, normNumGroups, useLinearProjection } = options;
    const projection = () =>
      useLinearProjection ? new Linear(channels, channels) : new Conv2d(channels, channels, 1);
    this.norm = new GroupNorm(normNumGroups, channels, NORM_EPS);
    this.proj_in = projection();
    this.transformer_blocks = [new BasicTransformerBlock(options)];
    this.proj_out = projection();
    this.site = options.site;
  }

  /** [B or 1, H, W, C] -> [B, H, W, C], B of the context. */
  forward(x: Tensor, { context, hooks }: TransformerInputs): Tensor {
    const [batch, height, width, channels] = dims('transformer', x, ['B', 'H', 'W', 'C']);
    return scope(() => {
      let pixels = this.proj_in.forward(this.norm.forward(x)).reshape([batch, height * width, channels]);
      for (const [layer, block] of this.transformer_blocks.entries()) {
        const hookOf = (kind: AttentionKind) => this.hookOf(hooks, { layer, kind, height, width });
        pixels = block.forward(pixels, context, hookOf);
      }
      const items = pixels.shape[0]!;
      return forwardAdd(this.proj_out, forItems(x, items), pixels.reshape([items, height, width, channels]));
    });
  }

  private hookOf(
    hooks: UNetHooks | null,
    at: Omit<AttentionLayer, 'name' | keyof AttentionSite>,
  ): AttentionHook | null {
    const name = `${transformerName(this.site)}.transformer_blocks.${at.layer}.${ATTENTIONS[at.kind]}`;
    return hooks?.attention?.({ ...this.site, ...at, name }) ?? null;
  }
}
