import type { AttentionLayer, UNetHooks } from '@lusd/sd-models';
import { keep, narrow, scope, type Tensor } from '@lusd/tensor';
import type { Tap } from '../denoiser.ts';

/** What the self-attention of each of the up blocks' transformers gave, [1, h, w, C], in the order of the layers. */
export type Features = readonly Tensor[];

/**
 * Reads the outputs of the self-attention's projections in the up blocks, before the residual is added.
 *
 * @param query position of the query whose features are read, for its prompt
 */
export function featureTap(query: number): Tap<Features> {
  return {
    listen(items) {
      const reader = new FeatureReader(items[query]!.prompt);
      return { hooks: reader, read: () => reader.read() };
    },
  };
}

class FeatureReader implements UNetHooks {
  private readonly outputs: Tensor[] = [];

  constructor(private readonly item: number) {}

  attention({ place, kind, height, width }: AttentionLayer) {
    if (place !== 'up' || kind !== 'self') return null;
    return {
      output: (own: Tensor) => {
        const of = scope(() => narrow(own, 0, this.item, 1).reshape([1, height, width, -1]));
        this.outputs.push(keep(of));
        return own;
      },
    };
  }

  /** New handles, which the caller owns. */
  read(): Features {
    return this.outputs.map((output) => output.reshape(output.shape));
  }

  [Symbol.dispose](): void {
    for (const output of this.outputs) output.dispose();
  }
}
