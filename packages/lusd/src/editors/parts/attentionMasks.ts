import { clone, keep, scope, type Tensor, tensor } from '@lusd/tensor';
import { type AttentionMaps, attentionMask, MaskAverage, mapsOf } from '../../mask/attentionMask.ts';
import { type LatentSize, latentSize } from '../../picture/latents.ts';
import type { DeviceNumbers } from '../numbers.ts';
import { narrowingSchedule } from '../schedules.ts';

/** The mask at iteration k: b_k M + (1 - b_k), from the whole picture to M. */
export function narrowedMask(average: Tensor, narrowing: number): Tensor {
  return narrowed(average, narrowing, 1 - narrowing);
}

function narrowed(average: Tensor, weight: number | Tensor, rest: number | Tensor): Tensor {
  return scope(() => average.mul(weight).add(rest));
}

/**
 * Masks from the attention of the target prompt, averaged over the accepted attempts and narrowed from the whole picture
 * (section 3.2 of LUSD's paper). Each is made from the maps of the accepted attempt before, as in the released program.
 */
export class AttentionMasks {
  private readonly size: LatentSize;
  private readonly narrowing: Float64Array;
  private readonly average: MaskAverage;
  private readonly tokens: Tensor;
  /** Of the latest accepted attempt. */
  private accepted: AttentionMaps | null = null;

  /**
   * @param source latents of the picture
   * @param tokens which the edit is about, not empty
   * @param momentum weight of a new mask in the moving average
   */
  constructor(
    source: Tensor,
    tokens: readonly number[],
    numSteps: number,
    momentum: number,
    private readonly numbers: DeviceNumbers,
  ) {
    this.size = latentSize(source);
    this.narrowing = narrowingSchedule(numSteps);
    this.average = new MaskAverage(momentum);
    this.tokens = keep(tensor([...tokens], { dtype: 'i32', device: source.device }));
  }

  /** Copies the maps of an attempt that is accepted. @returns those of the one before, which pass to the caller */
  exchange(maps: AttentionMaps | null): AttentionMaps | null {
    const { accepted } = this;
    this.accepted = maps && { cross: keep(clone(maps.cross)), self: keep(clone(maps.self)) };
    return accepted;
  }

  /** Takes `maps` into the average. @returns the mask of the accepted attempt, [1, h, w, 1]; can be captured */
  update(maps: AttentionMaps): Tensor {
    const { size, narrowing, numbers } = this;
    return scope(() => {
      const average = this.average.update(attentionMask(maps, this.tokens, [size.height, size.width]));
      const weight = numbers.get('narrowing', ({ iteration }) => narrowing[iteration]!);
      const rest = numbers.get('1 - narrowing', ({ iteration }) => 1 - narrowing[iteration]!);
      return narrowed(average, weight, rest);
    });
  }

  dispose(): void {
    for (const item of [this.average, this.tokens, ...mapsOf(this.accepted)]) item.dispose();
  }
}
