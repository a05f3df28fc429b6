import type { Tensor } from '../tensor.ts';

/**
 * Sizes of a convolution of x [N, H, W, Cin], each pixel of which is repeated `repeatY` x `repeatX` times before, by
 * weight [kH, kW, Cin / groups, Cout] to y [N, H', W', Cout].
 */
export interface ConvGeometry {
  readonly images: number;
  readonly height: number;
  readonly width: number;
  readonly inChannels: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly outChannels: number;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  readonly strideY: number;
  readonly strideX: number;
  readonly dilationY: number;
  readonly dilationX: number;
  readonly paddingTop: number;
  readonly paddingLeft: number;
  readonly groups: number;
  readonly repeatY: number;
  readonly repeatX: number;
}

/** What is added to a convolution in the same pass. */
export interface ConvAddends {
  /** [Cout]. */
  readonly bias: Tensor | null;
  /** [N, H', W', Cout] or, for all pixels of a picture the same, [N or 1, 1, 1, Cout]. */
  readonly add: Tensor | null;
}
