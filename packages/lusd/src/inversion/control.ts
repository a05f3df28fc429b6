import type { Tensor } from '@lusd/tensor';
import type { Tap } from '../denoiser.ts';

/** What couples the branch of the target to that of the source. */
export interface Control<T = null> {
  /**
   * What changes inside the UNet at a step, in whose queries the source is the first and the target the second; null
   * for nothing. The same object wherever the same happens, since a tap's calls are captured.
   */
  tap(index: number): Tap<T> | null;
  /** Changes the target's branch after a step; null for not at all. */
  after?(step: BranchStep<T>): Blended | null;
}

/** Both branches after a step. */
export interface BranchStep<T> {
  readonly index: number;
  readonly source: Tensor;
  readonly target: Tensor;
  /** What the tap read; null without one. */
  readonly tapped: T | null;
}

/** The target's branch after a blend, and the mask of it, f32 [1, h, w, 1]: 1 where it is as it was. */
export interface Blended {
  readonly latents: Tensor;
  readonly mask: Tensor;
}
