import { AttentionHooks, type AttentionRequest } from '@lusd/sd-models';
import { scope, type Tensor } from '@lusd/tensor';
import type { Tap } from '../denoiser.ts';
import { OptionError } from '../errors.ts';
import type { LatentSize } from '../picture/latents.ts';
import type { AttentionMaps } from './attentionMask.ts';

type Size = readonly [height: number, width: number];

/**
 * Reads the attention that the mask is made from: cross maps at a quarter of the latents' size, self maps at a half
 * (rounded up, as the UNet's strides do), of the down and up blocks, each the mean over its layers.
 *
 * @param query position of the query whose attention is read
 */
export function maskTap(query: number, { height, width }: LatentSize): Tap<AttentionMaps> {
  const half: Size = [Math.ceil(height / 2), Math.ceil(width / 2)];
  const quarter: Size = [Math.ceil(half[0] / 2), Math.ceil(half[1] / 2)];
  return {
    allowsOneForAll: true,
    listen(items) {
      const { prompt } = items[query]!;
      const common = { places: ['down', 'up'], items: [prompt], headMean: true } as const;
      const cross: AttentionRequest = { ...common, kind: 'cross', size: quarter };
      const self: AttentionRequest = { ...common, kind: 'self', size: half };
      const hooks = new AttentionHooks([cross, self]);
      const read = () => ({
        cross: layerMean(hooks, cross, quarter).reshape([1, ...quarter, -1]),
        self: layerMean(hooks, self, half).squeeze(0),
      });
      return { hooks, read: () => scope(read) };
    },
  };
}

/**
 * The mean over layers of what `hooks` collected for `request`, [1, queries, keys].
 * @throws OptionError if the model has no such layer
 */
function layerMean(hooks: AttentionHooks, request: AttentionRequest, [height, width]: Size): Tensor {
  const maps = hooks.mapsOf(request).map((map) => map.probabilities);
  if (maps.length > 0) return maps.reduce((total, map) => total.add(map)).mul(1 / maps.length);
  throw new OptionError(
    'targetTokens',
    `cannot be used, since the model has no ${request.kind}-attention at ${height} x ${width}; choose none, which ` +
      'edits without a mask, or use a model with attention at a half and a quarter of the latents',
  );
}
