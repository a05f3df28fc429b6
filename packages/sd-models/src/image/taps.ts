/** Which input samples make an output sample, and with what weights. */
export interface Taps {
  readonly first: number;
  /** Their sum is 1. */
  readonly weights: readonly number[];
}

/** A filter's weight at a distance from its middle, 0 from `support` on. */
export interface ResizeFilter {
  readonly support: number;
  weight(distance: number): number;
}

/** Keys' cubic convolution with a = -0.5, Pillow's `BICUBIC`. */
export const BICUBIC: ResizeFilter = {
  support: 2,
  weight(distance) {
    const a = -0.5;
    const x = Math.abs(distance);
    if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
    if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
    return 0;
  },
};

/** Linear interpolation, Pillow's `BILINEAR`. */
export const BILINEAR: ResizeFilter = {
  support: 1,
  weight: (distance) => Math.max(0, 1 - Math.abs(distance)),
};

/**
 * The taps of each sample when `inputSize` samples become `outputSize`, with `filter` widened where it shrinks, so that
 * it does not alias. References: Pillow's `precompute_coeffs`; PyTorch's `interpolate` with `antialias`.
 */
export function antialiasedTaps(inputSize: number, outputSize: number, filter: ResizeFilter): Taps[] {
  const scale = inputSize / outputSize;
  const filterScale = Math.max(scale, 1);
  const support = filter.support * filterScale;
  return Array.from({ length: outputSize }, (_, i) => {
    const centre = (i + 0.5) * scale;
    const first = Math.max(Math.trunc(centre - support + 0.5), 0);
    const end = Math.min(Math.trunc(centre + support + 0.5), inputSize);
    const weights = Array.from({ length: end - first }, (_, j) =>
      filter.weight((j + first - centre + 0.5) * (1 / filterScale)),
    );
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return { first, weights: weights.map((weight) => weight / total) };
  });
}
