import {
  clone,
  eq,
  indexSelect,
  interpolateBicubic,
  keep,
  matmul,
  max,
  mean,
  min,
  scope,
  Tensor,
  tensor,
  where,
} from '@lusd/tensor';

/** Attention of the target prompt in one forward pass, means over heads and layers, f32. */
export interface AttentionMaps {
  /** Cross-attention [1, h / 4, w / 4, tokens]. */
  readonly cross: Tensor;
  /** Self-attention [queries, keys], both of h / 2 x w / 2. */
  readonly self: Tensor;
}

/** The tensors of maps that there may be. */
export function mapsOf(maps: AttentionMaps | null): Tensor[] {
  return maps ? [maps.cross, maps.self] : [];
}

/**
 * Where the target tokens act, [1, h, w, 1] in [0, 1]: their cross-attention, refined by the self-attention and
 * stretched to the full range (section 3.2 of the paper). A map that is the same everywhere gives 1 everywhere.
 *
 * @param tokens positions among the text encoder's tokens, not empty; i32 [n] in a captured step
 * @param size height and width of the latents
 */
export function attentionMask(
  maps: AttentionMaps,
  tokens: readonly number[] | Tensor,
  size: readonly [number, number],
): Tensor {
  return scope(() => stretch(interpolateBicubic(refinedAttention(maps, tokens, size), [...size])));
}

/** The mean of the target tokens' cross-attention, spread along the self-attention: [1, h / 2, w / 2, 1]. */
export function refinedAttention(
  { cross, self }: AttentionMaps,
  tokens: readonly number[] | Tensor,
  [height, width]: readonly [number, number],
): Tensor {
  return scope(() => {
    const half = [Math.ceil(height / 2), Math.ceil(width / 2)] as const;
    const index =
      tokens instanceof Tensor ? tokens : tensor([...tokens], { dtype: 'i32', device: cross.device });
    const ofTokens = mean(indexSelect(cross, 3, index), 3, { keepdim: true });
    const column = interpolateBicubic(ofTokens, [...half]).reshape([-1, 1]);
    return matmul(self, column).reshape([1, ...half, 1]);
  });
}

function stretch(map: Tensor): Tensor {
  const least = min(map);
  const range = max(map).sub(least);
  const stretched = map.sub(least).div(range).clamp(0, 1);
  return where(eq(range, 0), 1, stretched);
}

/** Moving average of masks over the accepted iterations; the first mask is taken as it is. */
export class MaskAverage {
  private average: Tensor | null = null;

  /** @param momentum weight of a new mask, 0 to 1 */
  constructor(private readonly momentum: number) {}

  /**
   * Takes a mask in (it stays the caller's), and returns the average, which stays this object's and is written anew each
   * time. From the second time on it can be captured.
   */
  update(mask: Tensor): Tensor {
    const { average, momentum } = this;
    if (average) return scope(() => average.copyFrom(average.mul(1 - momentum).add(mask.mul(momentum))));
    this.average = keep(clone(mask));
    return this.average;
  }

  dispose(): void {
    this.average?.dispose();
    this.average = null;
  }
}
