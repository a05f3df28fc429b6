import {
  attentionMap,
  cast,
  dims,
  forwardAdd,
  keep,
  Linear,
  Module,
  matmul,
  scaledDotProductAttention,
  type Tensor,
  TensorError,
  type UnaryModule,
} from '@lusd/tensor';
import type { AttentionHook, QueriesKeysValues } from './hooks.ts';

/** Keys and values by head, [B, L, heads, features]. */
export type KeysValues = Omit<QueriesKeysValues, 'queries'>;

/** Multi-head attention. Reference: diffusers' `Attention` with its default processor. */
export class Attention extends Module {
  readonly to_q: UnaryModule;
  readonly to_k: UnaryModule;
  readonly to_v: UnaryModule;
  readonly to_out: readonly [UnaryModule];

  /**
   * @param channels features of the queries and of the result
   * @param contextChannels features of what is attended to
   */
  constructor(
    channels: number,
    contextChannels: number,
    private readonly heads: number,
  ) {
    super();
    this.to_q = new Linear(channels, channels, { bias: false });
    this.to_k = new Linear(contextChannels, channels, { bias: false });
    this.to_v = new Linear(contextChannels, channels, { bias: false });
    this.to_out = [new Linear(channels, channels)];
  }

  /** context [B, L, contextChannels] -> its keys and values. */
  project(context: Tensor): KeysValues {
    return {
      keys: this.splitHeads(this.to_k.forward(context)),
      values: this.splitHeads(this.to_v.forward(context)),
    };
  }

  /**
   * @param x [B, L, channels]
   * @param context what `project` gave for the sequence attended to
   * @param hook reads or replaces what the layer computes
   * @returns [B, L, channels]
   */
  forward(x: Tensor, context: KeysValues, hook: AttentionHook | null = null): Tensor {
    const own = this.to_out[0].forward(this.attend(x, context, hook));
    return hook?.output?.(own) ?? own;
  }

  /** add + forward(...), with `add` [B, L, channels]. */
  forwardAdd(add: Tensor, x: Tensor, context: KeysValues, hook: AttentionHook | null = null): Tensor {
    if (hook?.output) return add.add(this.forward(x, context, hook));
    return forwardAdd(this.to_out[0], add, this.attend(x, context, hook));
  }

  private attend(x: Tensor, context: KeysValues, hook: AttentionHook | null): Tensor {
    const own = { queries: this.splitHeads(this.to_q.forward(x)), ...context };
    const inputs = hook?.inputs?.(own) ?? own;
    return attend(inputs, hook).reshape(x.shape);
  }

  private splitHeads(x: Tensor): Tensor {
    const [batch, length, channels] = dims('attention', x, ['B', 'L', 'C']);
    return x.reshape([batch, length, this.heads, channels / this.heads]);
  }
}

/** [B, L, heads, features] -> the same; the fused kernel unless a hook wants the probabilities. */
function attend({ queries, keys, values }: QueriesKeysValues, hook: AttentionHook | null): Tensor {
  if (!hook?.probabilities) return scaledDotProductAttention(queries, keys, values);
  const probabilities = hook.probabilities(attentionMap(queries, keys));
  const byHead = values.permute([0, 2, 1, 3]);
  return matmul(cast(probabilities, values.dtype), byHead).permute([0, 2, 1, 3]);
}

/**
 * The keys and values of every cross-attention layer for one context, which stay the same over a whole run. Dispose
 * it, or declare it with `using`.
 */
export class PreparedContext {
  /** @internal */
  constructor(
    /** Batch items of the context. */
    readonly batch: number,
    private readonly layers: ReadonlyMap<Attention, KeysValues>,
  ) {
    for (const { keys, values } of layers.values()) {
      keep(keys);
      keep(values);
    }
  }

  /** What `layer` attends to. @throws TensorError when another model made this */
  of(layer: Attention): KeysValues {
    const found = this.layers.get(layer);
    if (!found)
      throw new TensorError(
        'prepareContext: this context was prepared by another model; prepare it with this one',
      );
    return found;
  }

  dispose(): void {
    for (const { keys, values } of this.layers.values()) {
      keys.dispose();
      values.dispose();
    }
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
