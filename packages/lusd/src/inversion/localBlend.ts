import {
  cast,
  dims,
  gt,
  keep,
  max,
  maximum,
  narrow,
  pad,
  scope,
  split,
  type Tensor,
  upsampleNearest,
} from '@lusd/tensor';
import type { Blended, BranchStep } from './control.ts';

/** When and where a local blend lets the target differ from the source. */
export interface LocalBlendSettings {
  /** The first step at whose end the branches are blended. */
  readonly firstStep: number;
  /** Share of the largest attention above which a place belongs to the words. */
  readonly threshold: number;
}

/**
 * Local blend of prompt-to-prompt (arXiv 2208.01626, section 3.2): the target's branch is the source's but where words
 * of either prompt had attention in the steps so far. Source: `LocalBlend` of its authors' program.
 */
export class LocalBlend {
  /** Attention so far, [2, h, w, 1]: of the source's words, of the target's. */
  private total: Tensor | null = null;

  constructor(private readonly settings: LocalBlendSettings) {}

  /** @param step where `tapped` is the words' attention at this step, [2, h, w, 1]. @returns null before the first blend */
  after({ index, source, target, tapped }: BranchStep<Tensor | null>): Blended | null {
    if (tapped) this.collect(tapped);
    const { firstStep, threshold } = this.settings;
    const { total } = this;
    if (!total || index < firstStep) return null;
    return scope(() => {
      const [, height, width] = dims('local blend', target, ['1', 'h', 'w', 'C']);
      const mask = blendMask(total, [height, width], threshold);
      return { mask, latents: source.add(target.sub(source).mul(mask)) };
    });
  }

  dispose(): void {
    this.total?.dispose();
    this.total = null;
  }

  private collect(maps: Tensor): void {
    const earlier = this.total;
    this.total = keep(scope(() => (earlier ? earlier.add(maps) : maps.mul(1))));
    earlier?.dispose();
  }
}

/** Where either map exceeds a share of its maximum, [1, h, w, 1] of 0 and 1. @param maps [2, h', w', 1] */
function blendMask(maps: Tensor, size: readonly [height: number, width: number], threshold: number): Tensor {
  return scope(() => {
    const spread = upsampleNearest(largestNearby(maps), size);
    const least = max(spread, [1, 2], { keepdim: true }).mul(threshold);
    const [source, target] = split(cast(gt(spread, least), 'f32'), 1, 0);
    return maximum(source!, target!);
  });
}

/** The maximum of each place and its eight neighbours. @param x [B, h, w, C] */
function largestNearby(x: Tensor): Tensor {
  const edges = pad(
    x,
    [
      [0, 0],
      [1, 1],
      [1, 1],
      [0, 0],
    ],
    'replicate',
  );
  return [1, 2].reduce((y, dim) => {
    const [before, here, after] = [0, 1, 2].map((start) => narrow(y, dim, start, x.shape[dim]!));
    return maximum(maximum(before!, here!), after!);
  }, edges);
}
