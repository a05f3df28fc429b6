import { keep, ShapeError, type Tensor } from '@lusd/tensor';

/** The part of the UNet that a layer belongs to. */
export type AttentionPlace = 'down' | 'mid' | 'up';
/** Whether a layer attends to the picture itself or to the context. */
export type AttentionKind = 'self' | 'cross';

/** Where a transformer stands: the `transformer`-th of the `block`-th block of its part. */
export interface AttentionSite {
  readonly place: AttentionPlace;
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

/** Which maps are wanted. Fields left out admit every layer. */
export interface AttentionRequest {
  readonly kind?: AttentionKind;
  readonly places?: readonly AttentionPlace[];
  /** Resolution of the queries, [height, width]. */
  readonly size?: readonly [height: number, width: number];
  /** Batch items wanted, in this order; default all of them. */
  readonly items?: readonly number[];
  /** Whether the mean over heads is taken, which is much smaller. Default false. */
  readonly headMean?: boolean;
}

/** What one layer gave for one request. */
export interface AttentionMap {
  readonly request: AttentionRequest;
  readonly layer: AttentionLayer;
  /** Softmax of the scores, f32: [items, heads, queries, keys], or [items, queries, keys] as the mean over heads. */
  readonly probabilities: Tensor;
}

/**
 * Collects attention probabilities in the forward pass that it is handed to. Layers that no request admits run the
 * fused kernel, which never forms them.
 *
 * The maps belong to the hooks: dispose the hooks, or declare them with `using`.
 */
export class AttentionHooks {
  private readonly collected: AttentionMap[] = [];

  constructor(private readonly requests: readonly AttentionRequest[]) {}

  /** The maps so far, in the order in which the layers ran. */
  get maps(): readonly AttentionMap[] {
    return this.collected;
  }

  /** The maps of one request. */
  mapsOf(request: AttentionRequest): readonly AttentionMap[] {
    return this.collected.filter((map) => map.request === request);
  }

  /** @internal @throws ShapeError if a request has no batch item, or one beyond the batch */
  requireItems(batch: number): void {
    for (const { items } of this.requests) {
      const isItem = (item: number) => Number.isInteger(item) && item >= 0 && item < batch;
      if (!items || (items.length > 0 && items.every(isItem))) continue;
      throw new ShapeError(
        `attention hooks: a request names the batch items [${items.join(', ')}]; use some of 0 to ${batch - 1}`,
      );
    }
  }

  /** @internal The requests that admit `layer`. */
  requestsFor(layer: AttentionLayer): readonly AttentionRequest[] {
    return this.requests.filter((request) => admits(request, layer));
  }

  /** @internal */
  collect(map: AttentionMap): void {
    keep(map.probabilities);
    this.collected.push(map);
  }

  /** Frees the maps; the hooks can then be used again. */
  dispose(): void {
    for (const { probabilities } of this.collected) probabilities.dispose();
    this.collected.length = 0;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

function admits({ kind, places, size }: AttentionRequest, layer: AttentionLayer): boolean {
  if (kind !== undefined && kind !== layer.kind) return false;
  if (places !== undefined && !places.includes(layer.place)) return false;
  return size === undefined || (size[0] === layer.height && size[1] === layer.width);
}
