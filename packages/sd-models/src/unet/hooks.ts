import type { Tensor } from '@lusd/tensor';

/** The part of the UNet that a layer belongs to. */
export type UNetPlace = 'down' | 'mid' | 'up';
/** Whether a layer attends to the picture itself or to the context. */
export type AttentionKind = 'self' | 'cross';

/** Where a transformer stands: the `transformer`-th of the `block`-th block of its part. */
export interface AttentionSite {
  readonly place: UNetPlace;
  readonly block: number;
  readonly transformer: number;
}

/** The transformer's name in the UNet, such as `down_blocks.0.attentions.1`. */
export function transformerName({ place, block, transformer }: AttentionSite): string {
  return `${place === 'mid' ? 'mid_block' : `${place}_blocks.${block}`}.attentions.${transformer}`;
}

/** One attention layer in one forward pass. */
export interface AttentionLayer extends AttentionSite {
  /** The module's name in the UNet, such as `down_blocks.0.attentions.1.transformer_blocks.0.attn2`. */
  readonly name: string;
  /** Which of the transformer's blocks it is in; Stable Diffusion 1 and 2 have one each. */
  readonly layer: number;
  readonly kind: AttentionKind;
  /** Resolution of the queries. */
  readonly height: number;
  readonly width: number;
}

/** Where a resnet stands: the `resnet`-th of the `block`-th block of its part. */
export interface ResnetSite {
  readonly place: UNetPlace;
  readonly block: number;
  readonly resnet: number;
}

/** What an attention layer computes with, by head: [B, L, heads, features] each. */
export interface QueriesKeysValues {
  readonly queries: Tensor;
  readonly keys: Tensor;
  readonly values: Tensor;
}

/** Reads or replaces what one attention layer computes; a member that is left out costs nothing. */
export interface AttentionHook {
  /** What the layer computes with, in place of `own`. */
  inputs?(own: QueriesKeysValues): QueriesKeysValues;
  /**
   * The probabilities that weight the values, in place of the layer's own, f32 [B, heads, queries, keys]. The layer then
   * forms them all, which the fused kernel never does.
   */
  probabilities?(own: Tensor): Tensor;
  /** The result of the output projection, [B, L, C], in place of the layer's own, before the residual is added. */
  output?(own: Tensor): Tensor;
}

/** Reads or replaces what one resnet computes; a member that is left out costs nothing. */
export interface ResnetHook {
  /** What an up block's resnet is given, [B, H, W, C] each: what comes from below, and the skip. */
  inputs?(hidden: Tensor, skip: Tensor): readonly [hidden: Tensor, skip: Tensor];
  /** The result of the second convolution, [B, H, W, C], in place of the resnet's own, before the shortcut is added. */
  residual?(own: Tensor): Tensor;
}

/**
 * Reads and replaces what happens inside the passes of a UNet that it is handed to. Layers that no hook is for run the
 * fused kernels. Reference: diffusers' attention processors, PyTorch's forward hooks.
 */
export interface UNetHooks {
  /** Called before a pass over `batch` items. @throws ShapeError if the hooks ask for more */
  begin?(batch: number): void;
  /** The hook of an attention layer; null for none. */
  attention?(layer: AttentionLayer): AttentionHook | null;
  /** The hook of a resnet; null for none. */
  resnet?(site: ResnetSite): ResnetHook | null;
}
