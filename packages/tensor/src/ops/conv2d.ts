import { promote, requireFloat } from '../dtype.ts';
import { ShapeError } from '../errors.ts';
import { needsGrad, record } from '../graph.ts';
import { convForward, convInputGradient, convWeightGradient, winogradTile } from '../kernels/conv2d.ts';
import type { ConvGeometry } from '../kernels/convGeometry.ts';
import { asMatrix, sumRows } from '../kernels/matrixProduct.ts';
import { scope } from '../scope.ts';
import { formatShape, requireShape, type Shape, sameShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { upsampleNearest } from './interpolate.ts';
import { linear } from './linear.ts';
import { gradientOf } from './sumTo.ts';

/** How the kernel of a 2-D convolution goes over the image; torch.nn.functional.conv2d. */
export interface Conv2dOptions {
  /** Pixels between two places of the kernel, along both dimensions or each. Default 1. */
  stride?: number | readonly [vertical: number, horizontal: number];
  /** Zeros around the image: on all sides, or [top, bottom, left, right]. Default 0. */
  padding?: number | readonly [top: number, bottom: number, left: number, right: number];
  /** Pixels between two taps of the kernel, along both dimensions or each. Default 1. */
  dilation?: number | readonly [vertical: number, horizontal: number];
  /** Number of groups of channels that are convolved separately. Default 1. */
  groups?: number;
}

/** What `conv2d` does in the same pass as the convolution. */
export interface Conv2dFusedOptions {
  /**
   * Repeats each pixel of `x` so many times along both dimensions, or each, before anything else: `upsampleNearest` by
   * whole factors. It is an operation of its own where a gradient is wanted, and before Winograd's algorithm. Default 1.
   */
  upsample?: number | readonly [vertical: number, horizontal: number] | undefined;
  /** Added to the result: a residual of its shape, or [N or 1, 1, 1, Cout], the same for all pixels of a picture. */
  add?: Tensor | null | undefined;
}

/**
 * Convolution (cross-correlation, as torch's) of images `x` [N, H, W, Cin] with `weight`
 * [kH, kW, Cin / groups, Cout] and `bias` [Cout] -> [N, H', W', Cout], where without `upsample`
 * H' = floor((H + top + bottom - dilation (kH - 1) - 1) / stride) + 1. f32 and f16, accumulated in f32 and rounded
 * once; the result has the widest dtype of `x`, `weight` and `add`. Reference: torch.nn.functional.conv2d, in another layout.
 * @throws ShapeError when shapes or options do not fit
 * @throws DTypeError when an operand is not a float
 */
export function conv2d(
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null = null,
  options: Conv2dOptions & Conv2dFusedOptions = {},
): Tensor {
  const { add = null, upsample, ...others } = options;
  const geometry = geometryOf(x, weight, options);
  const repeats = geometry.repeatY * geometry.repeatX > 1;
  const size = [geometry.height * geometry.repeatY, geometry.width * geometry.repeatX] as const;
  const repeated = { ...geometry, height: size[0], width: size[1], repeatY: 1, repeatX: 1 };
  if (repeats && (needsGrad(x, weight, bias, add) || winogradTile(x, weight, repeated))) {
    return scope(() => conv2d(upsampleNearest(x, size), weight, bias, { ...others, add }));
  }
  for (const operand of [x, weight, bias, add]) if (operand) requireFloat('conv2d', operand.dtype);
  if (bias) requireShape('conv2d', 'the bias', bias.shape, [geometry.outChannels]);
  if (add) requireAddend(add.shape, geometry);
  if (isPointwise(geometry) && (!add || add.shape[1] === geometry.outHeight))
    return pointwiseConv(x, weight, bias, add);
  const product = promote(x.dtype, weight.dtype);
  const dtype = add ? promote(product, add.dtype) : product;
  const y = convForward(x, weight, { bias, add }, geometry, dtype);
  return record(y, () => ({
    name: 'conv2d',
    inputs: [x, weight, bias, add],
    saved: [...(x.requiresGrad ? [weight] : []), ...(weight.requiresGrad ? [x] : [])],
    backward: (gradient, saved, needs) => [
      needs[0] ? convInputGradient(gradient, saved[0]!, geometry, x.dtype) : null,
      needs[1] ? convWeightGradient(gradient, saved.at(-1)!, geometry, weight.dtype) : null,
      needs[2] ? sumRows(asMatrix(gradient), bias!.dtype) : null,
      needs[3] && add ? gradientOf(gradient, add) : null,
    ],
  }));
}

function requireAddend(shape: Shape, { images, outHeight, outWidth, outChannels }: ConvGeometry): void {
  const whole = [images, outHeight, outWidth, outChannels];
  const perPicture = [images, 1, 1, outChannels];
  const perChannel = [1, 1, 1, outChannels];
  if ([whole, perPicture, perChannel].some((fits) => sameShape(shape, fits))) return;
  throw new ShapeError(
    `conv2d: what is added must have shape ${formatShape(whole)}, ${formatShape(perPicture)} or ${formatShape(perChannel)}, got ${formatShape(shape)}`,
  );
}

function geometryOf(x: Tensor, weight: Tensor, options: Conv2dOptions & Conv2dFusedOptions): ConvGeometry {
  const { stride = 1, padding = 0, dilation = 1, groups = 1, upsample = 1 } = options;
  const [images, height, width, inChannels] = requireRank4('x [N, H, W, Cin]', x);
  const [kernelHeight, kernelWidth, groupIn, outChannels] = requireRank4(
    'a weight [kH, kW, Cin / groups, Cout]',
    weight,
  );
  const [top, bottom, left, right] =
    typeof padding === 'number' ? [padding, padding, padding, padding] : padding;
  const [strideY, strideX] = typeof stride === 'number' ? [stride, stride] : stride;
  const [dilationY, dilationX] = typeof dilation === 'number' ? [dilation, dilation] : dilation;
  const [repeatY, repeatX] = typeof upsample === 'number' ? [upsample, upsample] : upsample;
  requireIntegers('stride', [strideY, strideX], 1);
  requireIntegers('dilation', [dilationY, dilationX], 1);
  requireIntegers('groups', [groups], 1);
  requireIntegers('upsample', [repeatY, repeatX], 1);
  requireIntegers('padding', [top, bottom, left, right], 0);
  if (inChannels !== groupIn * groups || outChannels % groups !== 0) {
    throw new ShapeError(
      `conv2d: weight ${formatShape(weight.shape)} in ${groups} groups does not fit the ${inChannels} channels of x ${formatShape(x.shape)}`,
    );
  }
  const outHeight = outExtent(height * repeatY + top + bottom, dilationY * (kernelHeight - 1) + 1, strideY);
  const outWidth = outExtent(width * repeatX + left + right, dilationX * (kernelWidth - 1) + 1, strideX);
  if (outHeight < 1 || outWidth < 1) {
    throw new ShapeError(
      `conv2d: the padded image of x ${formatShape(x.shape)} is smaller than the kernel of weight ${formatShape(weight.shape)}`,
    );
  }
  return {
    images,
    height,
    width,
    inChannels,
    outHeight,
    outWidth,
    outChannels,
    kernelHeight,
    kernelWidth,
    strideY,
    strideX,
    dilationY,
    dilationX,
    paddingTop: top,
    paddingLeft: left,
    groups,
    repeatY,
    repeatX,
  };
}

function requireRank4(what: string, tensor: Tensor): readonly [number, number, number, number] {
  if (tensor.rank !== 4)
    throw new ShapeError(`conv2d: needs ${what}, got shape ${formatShape(tensor.shape)}`);
  return tensor.shape as unknown as readonly [number, number, number, number];
}

/** Places where a window of `span` pixels fits into `size` pixels, `stride` apart. */
function outExtent(size: number, span: number, stride: number): number {
  return Math.floor((size - span) / stride) + 1;
}

function requireIntegers(name: string, values: readonly number[], least: number): void {
  for (const value of values) {
    if (!Number.isInteger(value) || value < least)
      throw new ShapeError(`conv2d: ${name} must be an integer of at least ${least}, got ${value}`);
  }
}

/** Whether every output pixel is a linear function of the same input pixel. */
function isPointwise(g: ConvGeometry): boolean {
  return (
    g.kernelHeight === 1 &&
    g.kernelWidth === 1 &&
    g.strideY === 1 &&
    g.strideX === 1 &&
    g.groups === 1 &&
    g.repeatY === 1 &&
    g.repeatX === 1 &&
    g.outHeight === g.height &&
    g.outWidth === g.width
  );
}

function pointwiseConv(x: Tensor, weight: Tensor, bias: Tensor | null, add: Tensor | null): Tensor {
  const matrix = weight.reshape(weight.shape.slice(2));
  const y = linear(x, matrix, bias, { add });
  matrix.dispose();
  return y;
}
