import type { DType } from '../dtype.ts';
import type { WinogradTile } from '../gpu/convTuning.ts';
import { numel } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import type { ConvAddends, ConvGeometry } from './convGeometry.ts';
import { gemm } from './gemm.ts';
import type { GemmOperand, ImageWalk } from './gemmOperand.ts';
import { fitsWinograd, winogradForward } from './winograd.ts';

/** Groups are the batch of the product; `channels` of each lie side by side in a pixel. */
function batch(groups: number, channels: number): number[] {
  return groups === 1 ? [] : [channels];
}

/** Pixels that a walk over `image` gathers, or the windows that a weight's elements see. */
function gathered(
  image: Tensor,
  layout: 'pixels' | 'repeated' | 'windows',
  strides: readonly number[],
): GemmOperand {
  const contiguous = layout === 'windows' ? 'outer' : 'inner';
  return { tensor: image, layout, contiguous, strides: { outer: 1, tap: 0, inner: 1 }, batch: strides };
}

/** The walk of output pixels over the input image. */
function forwardWalk(g: ConvGeometry): ImageWalk {
  return {
    imageHeight: g.height,
    imageWidth: g.width,
    channels: g.inChannels,
    walkHeight: g.outHeight,
    walkWidth: g.outWidth,
    kernelWidth: g.kernelWidth,
    scaleY: g.strideY,
    scaleX: g.strideX,
    divisorY: g.repeatY,
    divisorX: g.repeatX,
    stepY: g.dilationY,
    stepX: g.dilationX,
    originY: -g.paddingTop,
    originX: -g.paddingLeft,
    groupChannels: g.inChannels / g.groups,
  };
}

/** The walk of input pixels over the output's gradient: the inverse of `forwardWalk`. */
function backwardWalk(g: ConvGeometry): ImageWalk {
  return {
    imageHeight: g.outHeight,
    imageWidth: g.outWidth,
    channels: g.outChannels,
    walkHeight: g.height,
    walkWidth: g.width,
    kernelWidth: g.kernelWidth,
    scaleY: 1,
    scaleX: 1,
    divisorY: g.strideY,
    divisorX: g.strideX,
    stepY: -g.dilationY,
    stepX: -g.dilationX,
    originY: g.paddingTop,
    originX: g.paddingLeft,
    groupChannels: g.outChannels / g.groups,
  };
}

/** The convolution by the algorithm that is the fastest on the device. */
export function convForward(
  x: Tensor,
  weight: Tensor,
  addends: ConvAddends,
  geometry: ConvGeometry,
  dtype: DType,
): Tensor {
  const tile = winogradTile(x, weight, geometry);
  return tile
    ? winogradForward(x, weight, addends, geometry, dtype, tile)
    : directForward(x, weight, addends, geometry, dtype);
}

/** The tile by which Winograd's algorithm is the fastest for these operands on their adapter; null if the direct sum is. */
export function winogradTile(x: Tensor, weight: Tensor, geometry: ConvGeometry): WinogradTile | null {
  if (!fitsWinograd(geometry)) return null;
  return x.device.tuning.winograd({ ...geometry, halves: x.dtype === 'f16' || weight.dtype === 'f16' });
}

/** y [N H' W', Cout] = gathered x [N H' W', (kH kW) Cin] x weight [(kH kW) Cin, Cout] + addends, group by group. */
function directForward(
  x: Tensor,
  weight: Tensor,
  { bias, add }: ConvAddends,
  geometry: ConvGeometry,
  dtype: DType,
): Tensor {
  const { images, outHeight, outWidth, inChannels, outChannels, groups } = geometry;
  const [groupIn, groupOut] = [inChannels / groups, outChannels / groups];
  const output = [images, outHeight, outWidth, outChannels];
  const layout = geometry.repeatY * geometry.repeatX > 1 ? 'repeated' : 'pixels';
  return gemm({
    name: 'conv2d',
    a: gathered(x, layout, batch(groups, groupIn)),
    b: {
      tensor: weight,
      layout: 'matrix',
      contiguous: 'outer',
      strides: { outer: 1, tap: groupIn * outChannels, inner: outChannels },
      batch: batch(groups, groupOut),
    },
    bias,
    addend: add && { tensor: add, rows: numel(output) / numel(add.shape) },
    activation: null,
    batch: batch(groups, groups),
    m: images * outHeight * outWidth,
    n: groupOut,
    taps: geometry.kernelHeight * geometry.kernelWidth,
    depth: groupIn,
    image: forwardWalk(geometry),
    output: {
      shape: output,
      dtype,
      strides: { batch: groupOut, row: outChannels, bias: groupOut },
    },
  });
}

/** Where no pixel is repeated: dx [N H W, Cin] = gathered dy [N H W, (kH kW) Cout] x weight^T [(kH kW) Cout, Cin], group by group. */
export function convInputGradient(
  gradient: Tensor,
  weight: Tensor,
  geometry: ConvGeometry,
  dtype: DType,
): Tensor {
  const { images, height, width, inChannels, outChannels, groups } = geometry;
  const [groupIn, groupOut] = [inChannels / groups, outChannels / groups];
  return gemm({
    name: 'conv2dBackwardInput',
    a: gathered(gradient, 'pixels', batch(groups, groupOut)),
    b: {
      tensor: weight,
      layout: 'matrix',
      contiguous: 'inner',
      strides: { outer: outChannels, tap: groupIn * outChannels, inner: 1 },
      batch: batch(groups, groupOut),
    },
    bias: null,
    addend: null,
    activation: null,
    batch: batch(groups, groups),
    m: images * height * width,
    n: groupIn,
    taps: geometry.kernelHeight * geometry.kernelWidth,
    depth: groupOut,
    image: backwardWalk(geometry),
    output: {
      shape: [images, height, width, inChannels],
      dtype,
      strides: { batch: groupIn, row: inChannels, bias: 0 },
    },
  });
}

/** Where no pixel is repeated: dweight [(kH kW) Cin, Cout] = windows of x [(kH kW) Cin, (N H') W'] x dy [(N H') W', Cout], group by group. */
export function convWeightGradient(
  gradient: Tensor,
  x: Tensor,
  geometry: ConvGeometry,
  dtype: DType,
): Tensor {
  const { images, outHeight, outWidth, inChannels, outChannels, kernelHeight, kernelWidth, groups } =
    geometry;
  const [groupIn, groupOut] = [inChannels / groups, outChannels / groups];
  return gemm({
    name: 'conv2dBackwardWeight',
    a: gathered(x, 'windows', batch(groups, groupIn)),
    b: {
      tensor: gradient,
      layout: 'matrix',
      contiguous: 'outer',
      strides: { outer: 1, tap: outWidth * outChannels, inner: outChannels },
      batch: batch(groups, groupOut),
    },
    bias: null,
    addend: null,
    activation: null,
    batch: batch(groups, groups),
    m: kernelHeight * kernelWidth * groupIn,
    n: groupOut,
    taps: images * outHeight,
    depth: outWidth,
    image: forwardWalk(geometry),
    output: {
      shape: [kernelHeight, kernelWidth, groupIn, outChannels],
      dtype,
      strides: { batch: groupOut, row: outChannels, bias: 0 },
    },
  });
}
