import { CapturedFunction, type Tensor } from '@lusd/tensor';
import type { AttentionMaps } from '../../mask/attentionMask.ts';
import type { DeviceNumbers } from '../numbers.ts';
import type { AttentionMasks } from './attentionMasks.ts';
import { Normalisation } from './normalisation.ts';
import type { Parts } from './partOptions.ts';
import { regularisedDirection } from './regulariser.ts';

/** What becomes of an accepted gradient; valid until the next one's. */
export interface Shaped {
  /** [1, h, w, C]. */
  readonly direction: Tensor;
  /** [1, h, w, 1]; null without one. */
  readonly mask: Tensor | null;
}

/**
 * From an accepted gradient to the direction of the step: masked, regularised and normalised (equation 8 of LUSD's
 * paper), as far as these parts are on. Both kinds, with a mask and without, are captured.
 */
export class Shaping {
  private readonly normalisation: Normalisation | null;
  private readonly plain: CapturedFunction<Shaped>;
  private readonly masked: CapturedFunction<Shaped>;

  /** @param source latents of the picture */
  constructor(
    private readonly source: Tensor,
    numSteps: number,
    private readonly parts: Parts,
    numbers: DeviceNumbers,
    masks: AttentionMasks | null,
  ) {
    this.normalisation = parts.normalise && new Normalisation(numSteps, parts.normalise, numbers);
    this.plain = new CapturedFunction((gradient, latents) => ({
      direction: this.directed(gradient, latents),
      mask: null,
    }));
    this.masked = new CapturedFunction((gradient, latents, cross, self) => {
      const mask = masks!.update({ cross, self });
      return { direction: this.directed(gradient.mul(mask), latents), mask };
    });
  }

  /** @param maps what the mask is made from; null for no mask */
  shape(gradient: Tensor, latents: Tensor, maps: AttentionMaps | null): Shaped {
    if (maps) return this.masked.call(gradient, latents, maps.cross, maps.self);
    const { regularise, normalise } = this.parts;
    return regularise || normalise ? this.plain.call(gradient, latents) : { direction: gradient, mask: null };
  }

  dispose(): void {
    this.plain.dispose();
    this.masked.dispose();
  }

  private directed(gradient: Tensor, latents: Tensor): Tensor {
    const { regularise } = this.parts;
    const direction = regularise
      ? regularisedDirection(gradient, latents, this.source, regularise.regScale)
      : gradient.detach();
    return this.normalisation?.apply(direction) ?? direction;
  }
}
