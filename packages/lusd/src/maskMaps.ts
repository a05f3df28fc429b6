import type { AttentionHooks, AttentionMap, AttentionRequest } from '@lusd/sd-models';
import { keep, scope, type Tensor } from '@lusd/tensor';
import type { AttentionMaps } from './attentionMask.ts';

/** The batch item of the target prompt. */
const TARGET = 1;

export interface MaskRequests {
  readonly cross: AttentionRequest;
  readonly self: AttentionRequest;
}

/**
 * The attention that the mask is made from, for latents of a height and width: cross maps at a quarter of it, self
 * maps at a half (rounded up, as the UNet's strides do), of the down and up blocks, for the target prompt alone.
 */
export function maskRequests(height: number, width: number): MaskRequests {
  const half = [Math.ceil(height / 2), Math.ceil(width / 2)] as const;
  const quarter = [Math.ceil(half[0] / 2), Math.ceil(half[1] / 2)] as const;
  const common = { places: ['down', 'up'], items: [TARGET], headMean: true } as const;
  return {
    cross: { ...common, kind: 'cross', size: quarter },
    self: { ...common, kind: 'self', size: half },
  };
}

/** The means over layers of what `hooks` collected for `requests`; the caller disposes them. */
export function meanMaps(hooks: AttentionHooks, { cross, self }: MaskRequests): AttentionMaps {
  return scope(() => {
    const [height, width] = cross.size!;
    const crossMean = meanOf(hooks.mapsOf(cross));
    const selfMean = meanOf(hooks.mapsOf(self));
    return {
      cross: keep(crossMean.reshape([1, height, width, crossMean.shape.at(-1)!])),
      self: keep(selfMean.reshape([selfMean.shape[1]!, selfMean.shape[2]!])),
    };
  });
}

function meanOf(maps: readonly AttentionMap[]): Tensor {
  const sum = maps.map((map) => map.probabilities).reduce((total, map) => total.add(map));
  return sum.mul(1 / maps.length);
}
