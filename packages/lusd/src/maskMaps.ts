import type { AttentionHooks, AttentionRequest } from '@lusd/sd-models';
import { keep, scope, type Tensor } from '@lusd/tensor';
import type { AttentionMaps } from './attentionMask.ts';
import { OptionError } from './errors.ts';

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

/**
 * The means over layers of what `hooks` collected for `requests`; the caller disposes them.
 * @throws OptionError where the model has no such layer
 */
export function meanMaps(hooks: AttentionHooks, { cross, self }: MaskRequests): AttentionMaps {
  return scope(() => {
    const [height, width] = cross.size!;
    const crossMean = meanOf(hooks, cross);
    const selfMean = meanOf(hooks, self);
    return {
      cross: keep(crossMean.reshape([1, height, width, crossMean.shape.at(-1)!])),
      self: keep(selfMean.reshape([selfMean.shape[1]!, selfMean.shape[2]!])),
    };
  });
}

function meanOf(hooks: AttentionHooks, request: AttentionRequest): Tensor {
  const maps = hooks.mapsOf(request).map((map) => map.probabilities);
  if (maps.length > 0) return maps.reduce((total, map) => total.add(map)).mul(1 / maps.length);
  const [height, width] = request.size!;
  throw new OptionError(
    `the model has no ${request.kind}-attention at ${height} x ${width}, which the mask is made from; edit without ` +
      'a mask (no target tokens) or use a model with attention at a half and a quarter of the latents',
  );
}
