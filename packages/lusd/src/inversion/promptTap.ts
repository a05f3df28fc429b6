import type { AttentionHook, AttentionLayer, QueriesKeysValues } from '@lusd/sd-models';
import { concat, keep, matmul, mean, scope, type Tensor } from '@lusd/tensor';
import type { BatchItems, Tap } from '../denoiser.ts';
import { OptionError } from '../errors.ts';
import { copyItems, itemOf, withItems } from './items.ts';

/** What prompt-to-prompt changes inside the UNet at a step. */
export interface PromptTapSettings {
  /** How the cross-attention of the target is mixed, as {@link TokenMixture}, on the device; null for not at all. */
  readonly cross: { readonly base: Tensor; readonly own: Tensor } | null;
  /** Up to how many queries a layer's self-attention is the source's; 0 for nowhere. */
  readonly selfQueries: number;
  /** Whose attention is read for a local blend; null for none. */
  readonly words: BlendWords | null;
}

/** The words of a local blend. */
export interface BlendWords {
  /** 1 for each token of the source's words, 0 for others, [tokens, 1]. */
  readonly source: Tensor;
  /** The same for the target's. */
  readonly target: Tensor;
  /** Height and width of the maps that are read. */
  readonly size: readonly [height: number, width: number];
}

/**
 * Prompt-to-prompt's changes to the target's half of the batch with a prompt. It reads the attention of the blend's
 * words after them, the mean over heads and layers, [2, h, w, 1]; null without such words.
 */
export function promptTap(settings: PromptTapSettings): Tap<Tensor | null> {
  return {
    listen([source, target]) {
      const hooks = new PromptHooks(settings, source!, target!);
      return { hooks, read: () => hooks.wordMaps() };
    },
  };
}

class PromptHooks implements Disposable {
  /** Of each layer, [2, queries, 1]. */
  private readonly maps: Tensor[] = [];

  constructor(
    private readonly settings: PromptTapSettings,
    private readonly source: BatchItems,
    private readonly target: BatchItems,
  ) {}

  attention(layer: AttentionLayer): AttentionHook | null {
    return layer.kind === 'self' ? this.self(layer) : this.cross(layer);
  }

  /** @throws OptionError if no layer has maps of the size asked for */
  wordMaps(): Tensor | null {
    const { words } = this.settings;
    if (!words) return null;
    const [height, width] = words.size;
    if (this.maps.length === 0) {
      throw new OptionError(
        'blendDownscale',
        `must lead to a size of the model's cross-attention, which has none at ${height} x ${width}; choose another, or ` +
          'blend no words',
      );
    }
    const { length } = this.maps;
    return scope(() =>
      this.maps
        .reduce((total, map) => total.add(map))
        .mul(1 / length)
        .reshape([2, height, width, 1]),
    );
  }

  [Symbol.dispose](): void {
    for (const map of this.maps.splice(0)) map.dispose();
  }

  /** With the source's queries and keys, the target's probabilities are the source's. */
  private self({ height, width }: AttentionLayer): AttentionHook | null {
    if (height * width > this.settings.selfQueries) return null;
    const from = new Map([[this.target.prompt, this.source.prompt]]);
    return {
      inputs: ({ queries, keys, values }: QueriesKeysValues) => ({
        queries: copyItems(queries, from),
        keys: copyItems(keys, from),
        values,
      }),
    };
  }

  private cross({ place, height, width }: AttentionLayer): AttentionHook | null {
    const { cross, words } = this.settings;
    const isRead = words && place !== 'mid' && height === words.size[0] && width === words.size[1];
    if (!cross && !isRead) return null;
    return {
      probabilities: (own) => {
        const source = itemOf(own, this.source.prompt);
        const plain = itemOf(own, this.target.prompt);
        const target = cross ? matmul(source, cross.base).add(plain.mul(cross.own)) : plain;
        if (isRead) this.collect(source, target, words);
        return cross ? withItems(own, new Map([[this.target.prompt, target]])) : own;
      },
    };
  }

  /** @param source [1, heads, queries, tokens] */
  private collect(source: Tensor, target: Tensor, words: BlendWords): void {
    const ofWords = (map: Tensor, tokens: Tensor) => mean(matmul(map, tokens), 1);
    this.maps.push(keep(scope(() => concat([ofWords(source, words.source), ofWords(target, words.target)]))));
  }
}
