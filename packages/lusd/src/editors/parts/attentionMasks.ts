import { scope, type Tensor } from '@lusd/tensor';
import type { Denoiser } from '../../denoiser.ts';
import { Disposables } from '../../disposables.ts';
import { type AttentionMaps, attentionMask, MaskAverage } from '../../mask/attentionMask.ts';
import { type LatentSize, latentSize } from '../../picture/latents.ts';
import type { State } from '../editor.ts';
import { narrowingSchedule } from '../schedules.ts';
import { ListeningDenoiser } from './listeningDenoiser.ts';

/** The mask at iteration k: b_k M + (1 - b_k), from the whole picture to M. */
export function narrowedMask(average: Tensor, narrowing: number): Tensor {
  return scope(() => average.mul(narrowing).add(1 - narrowing));
}

/** A mask, [1, h, w, 1], and the maps that it was made from; null at the first accepted attempt. */
export interface MadeMask {
  readonly mask: Tensor | null;
  readonly maps: AttentionMaps | null;
}

/**
 * Masks from the attention of the target prompt, averaged over the accepted attempts and narrowed from the whole picture
 * (section 3.2 of LUSD's paper). Each is made from the maps of the accepted attempt before, as in the released program.
 */
export class AttentionMasks {
  private readonly size: LatentSize;
  private readonly narrowing: Float64Array;
  private readonly average: MaskAverage;
  private listening: ListeningDenoiser | null = null;
  /** Of the latest accepted attempt. */
  private accepted: AttentionMaps | null = null;
  /** What was returned last. */
  private readonly shown = new Disposables();

  /**
   * @param source latents of the picture
   * @param momentum weight of a new mask in the moving average
   */
  constructor(source: Tensor, numSteps: number, momentum: number) {
    this.size = latentSize(source);
    this.narrowing = narrowingSchedule(numSteps);
    this.average = new MaskAverage(momentum);
  }

  /** `denoiser`, overheard where it answers a query for the target prompt; for one attempt. */
  listen(denoiser: Denoiser): Denoiser {
    this.shown.dispose();
    this.listening ??= new ListeningDenoiser(denoiser, this.size);
    this.listening.dispose();
    return this.listening;
  }

  /** The mask of this attempt, which is accepted; valid until the next call of `listen`. */
  accept(tokens: readonly number[], { iteration }: State): MadeMask {
    const maps = this.accepted;
    this.accepted = this.listening?.take() ?? null;
    if (!maps) return { mask: null, maps };
    for (const map of mapsOf(maps)) this.shown.add(map);
    const { height, width } = this.size;
    const mask = scope(() => {
      const average = this.average.update(attentionMask(maps, tokens, [height, width]));
      return narrowedMask(average, this.narrowing[iteration]!);
    });
    return { mask: this.shown.add(mask), maps };
  }

  dispose(): void {
    this.listening?.dispose();
    for (const item of [this.shown, this.average, ...mapsOf(this.accepted)]) item.dispose();
  }
}

function mapsOf(maps: AttentionMaps | null): Tensor[] {
  return maps ? [maps.cross, maps.self] : [];
}
