import { attentionMap, concat, keep, narrow, ShapeError, type Tensor } from '@lusd/tensor';
import type {
  AttentionHook,
  AttentionKind,
  AttentionLayer,
  QueriesKeysValues,
  UNetHooks,
  UNetPlace,
} from './unet/hooks.ts';

/** Which maps are wanted. Fields left out admit every layer. */
export interface AttentionRequest {
  readonly kind?: AttentionKind;
  readonly places?: readonly UNetPlace[];
  /** Resolution of the queries, [height, width]. */
  readonly size?: readonly [height: number, width: number];
  /**
   * Batch items wanted, in this order; default all of them. Where one sample serves several prompts, layers before the
   * first cross-attention have one item for all.
   */
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
export class AttentionHooks implements UNetHooks {
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
  begin(batch: number): void {
    for (const { items } of this.requests) {
      const isItem = (item: number) => Number.isInteger(item) && item >= 0 && item < batch;
      if (!items || (items.length > 0 && items.every(isItem))) continue;
      throw new ShapeError(
        `attention hooks: a request names the batch items [${items.join(', ')}]; use some of 0 to ${batch - 1}`,
      );
    }
  }

  /** @internal Maps are computed beside the fused kernel, so that they never change a result. */
  attention(layer: AttentionLayer): AttentionHook | null {
    const wanted = this.requests.filter((request) => admits(request, layer));
    if (wanted.length === 0) return null;
    return {
      inputs: (own) => {
        for (const request of wanted) this.collect(request, layer, own);
        return own;
      },
    };
  }

  /** Frees the maps; the hooks can then be used again. */
  dispose(): void {
    for (const { probabilities } of this.collected) probabilities.dispose();
    this.collected.length = 0;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  private collect(
    request: AttentionRequest,
    layer: AttentionLayer,
    { queries, keys }: QueriesKeysValues,
  ): void {
    const { items, headMean = false } = request;
    const probabilities = attentionMap(pickItems(queries, items), pickItems(keys, items), { headMean });
    this.collected.push({ request, layer, probabilities: keep(probabilities) });
  }
}

function pickItems(x: Tensor, items: readonly number[] | undefined): Tensor {
  if (!items) return x;
  const isOneForAll = x.shape[0] === 1;
  const picked = items.map((item) => narrow(x, 0, isOneForAll ? 0 : item, 1));
  return picked.length === 1 ? picked[0]! : concat(picked);
}

function admits({ kind, places, size }: AttentionRequest, layer: AttentionLayer): boolean {
  if (kind !== undefined && kind !== layer.kind) return false;
  if (places !== undefined && !places.includes(layer.place)) return false;
  return size === undefined || (size[0] === layer.height && size[1] === layer.width);
}
