import {
  concat,
  type Device,
  type DeviceOption,
  dims,
  Module,
  Parameter,
  ShapeError,
  scope,
  split,
  type Tensor,
  tensor,
} from '@lusd/tensor';
import { LEAST_SIDE, SqueezeNet, TAP_CHANNELS } from './squeezeNet.ts';

/** How each pixel's features are brought to length 1. */
export type LpipsNormalisation = 'lpips' | 'torchmetrics';

/** How LPIPS is computed. */
export interface LpipsOptions {
  /**
   * What features of length n are divided by: n + 1e-10 as in `lpips` 0.1.4 and torchmetrics up to 1.2.0, or
   * sqrt(n^2 + 1e-8) as in torchmetrics from 1.2.1 on. Default 'lpips'.
   */
  readonly normalisation?: LpipsNormalisation;
}

const NORMS: Readonly<Record<LpipsNormalisation, (features: Tensor) => Tensor>> = {
  lpips: (features) => features.norm(-1, { keepdim: true }).add(1e-10),
  torchmetrics: (features) => features.mul(features).sum(-1, { keepdim: true }).add(1e-8).sqrt(),
};

/** What is taken from pictures of -1 to 1, and what the rest is divided by. Reference: `ScalingLayer`. */
const SHIFT = [-0.03, -0.088, -0.188];
const SCALE = [0.458, 0.448, 0.45];

/** A weight for each channel of one of the maps. Reference: `NetLinLayer`. */
class LpipsHead extends Module {
  readonly weight: Parameter;

  constructor(weights: Float32Array, options: DeviceOption) {
    super();
    this.weight = new Parameter([weights.length], (on) => tensor(weights, on), null, options);
  }

  /** [..., C] -> [...]. */
  forward(x: Tensor): Tensor {
    return x.mul(this.weight.value.cast(x.dtype)).sum(-1);
  }
}

/**
 * Learned perceptual distance of pictures, by SqueezeNet 1.1. Reference: `LPIPS(net='squeeze')` of the package lpips,
 * version 0.1 of the weights.
 */
export class Lpips extends Module {
  readonly net: SqueezeNet;
  readonly lins: readonly LpipsHead[];
  private readonly norm: (features: Tensor) => Tensor;

  /**
   * With random weights in `net`, until it is loaded; `loadLpips` does both.
   * @param heads the weights of each map's channels, as `lpipsHeads` has them
   * @throws ShapeError if there are not as many as channels
   */
  constructor(
    heads: readonly Float32Array[],
    { normalisation = 'lpips', ...on }: LpipsOptions & { readonly device?: Device } = {},
  ) {
    super();
    if (heads.map(({ length }) => length).join() !== TAP_CHANNELS.join())
      throw new ShapeError(`lpips: the heads must have ${TAP_CHANNELS.join(', ')} weights`);
    this.net = new SqueezeNet();
    this.lins = heads.map((weights) => new LpipsHead(weights, on));
    this.norm = NORMS[normalisation];
  }

  /**
   * The distance of each picture of `a` from the one of `b` at its place: f32 [B], 0 for equal pictures.
   * @param a [B, H, W, 3] from -1 to 1, as `lpipsPixels` prepares them, at least 17 pixels high and wide
   * @param b of the same shape
   * @throws ShapeError if the shapes differ or the pictures are too small
   */
  distance(a: Tensor, b: Tensor): Tensor {
    return scope(() => this.mapDistances(a, b).reduce((sum, distance) => sum.add(distance)));
  }

  /** The seven terms whose sum is {@link distance}, one for each map of SqueezeNet: f32 [B]. */
  mapDistances(a: Tensor, b: Tensor): Tensor[] {
    const batch = requirePair(a, b);
    return scope(() => {
      const maps = this.net.forward(this.scaled(concat([a, b], 0)));
      return this.lins.map((head, i) => this.compare(maps[i]!, head, batch));
    });
  }

  private scaled(pixels: Tensor): Tensor {
    const on = { device: pixels.device };
    return pixels.cast('f32').sub(tensor(SHIFT, on)).div(tensor(SCALE, on)).cast(this.dtype);
  }

  /** Of one map [2 B, h, w, C], the first pictures before the second: f32 [B]. */
  private compare(features: Tensor, head: LpipsHead, batch: number): Tensor {
    const wide = features.cast('f32');
    const [first, second] = split(wide.div(this.norm(wide)), batch) as [Tensor, Tensor];
    const difference = first.sub(second);
    return head.forward(difference.mul(difference)).mean([1, 2]);
  }
}

/** The number of pictures. @throws ShapeError if the shapes differ or the pictures are too small */
function requirePair(a: Tensor, b: Tensor): number {
  const [batch, height, width] = dims('lpips', a, ['B', 'H', 'W', '3'], 'a');
  if (a.shape.join() !== b.shape.join())
    throw new ShapeError(
      `lpips: pictures of ${a.shape.join(' x ')} and ${b.shape.join(' x ')} differ in shape; resize them`,
    );
  if (Math.min(height, width) < LEAST_SIDE)
    throw new ShapeError(
      `lpips: pictures must be at least ${LEAST_SIDE} pixels high and wide, not ${width} x ${height}`,
    );
  return batch;
}
