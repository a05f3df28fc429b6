import type { DType } from '../dtype.ts';
import { extentOf } from '../shape.ts';
import { Tensor } from '../tensor.ts';
import {
  type Affine,
  type AffineDtypes,
  affineBindings,
  affineDtypes,
  affineOperands,
  affineSource,
} from './affine.ts';
import { replaceAs } from './cast.ts';
import { defineLineKernel, type LineLayout, layoutFor, runLines, storableDtype, widthFor } from './lines.ts';
import type { Width } from './wgsl.ts';

export interface LayerNormResult {
  readonly y: Tensor;
  /** Of each row, [rows, 1] in f32: its mean, and the reciprocal of its standard deviation. */
  readonly mean: Tensor;
  readonly rstd: Tensor;
}

/** The rows of `x` [rows, length] normalized, times weight plus bias (both [length]). */
export function layerNormForward(x: Tensor, rows: number, affine: Affine, eps: number): LayerNormResult {
  const shape = { outer: rows, length: extentOf(x.shape, -1), inner: 1 };
  const layout = layoutFor(x.device, shape);
  const width = widthFor(layout, shape);
  const y = Tensor.empty(x.device, x.shape, storableDtype(x.dtype, width), 'layerNorm');
  const [mean, rstd] = [0, 1].map(() => Tensor.empty(x.device, [rows, 1], 'f32', 'layerNorm')) as [
    Tensor,
    Tensor,
  ];
  const kernel = forwardKernel({ dtype: x.dtype, ...affineDtypes(affine), outDtype: y.dtype, layout, width });
  const operands = [x, ...affineOperands(affine), y, mean, rstd];
  runLines(kernel, operands, { shape, layout, width, params: { eps } });
  return { y: replaceAs(y, x.dtype), mean, rstd };
}

interface ForwardVariant extends AffineDtypes {
  readonly dtype: DType;
  readonly outDtype: DType;
  readonly layout: LineLayout;
  readonly width: Width;
}

// Sums are taken of differences from the row's first element, which is at most sqrt(length) standard deviations away
// from its mean: the difference of squares loses no more than log2(length) bits, whatever the mean.
const forwardKernel = defineLineKernel(
  ({ dtype, weight, bias, outDtype, layout, width }: ForwardVariant) => ({
    name: 'layerNorm',
    layout,
    width,
    type: 'f32',
    joins: ['add'],
    bindings: [
      { name: 'x', dtype, width, access: 'read' },
      ...affineBindings({ weight, bias }, width),
      { name: 'y', dtype: outDtype, width, access: 'write' },
      { name: 'mean', dtype: 'f32', width: 1, access: 'write' },
      { name: 'rstd', dtype: 'f32', width: 1, access: 'write' },
    ],
    params: { eps: 'f32' },
    declarations: affineSource({ weight, bias }),
    main: `
  let count = f32(params.length);
  let origin = V(load_x(select(0u, base, live))${width === 4 ? '.x' : ''});
  var total = V(0);
  var squares = V(0);
  for (var i = begin; i < end; i += step) {
    let d = load_x(base + i) - origin;
    total += d;
    squares += d * d;
  }
  let shift = join_add(total, lane) / count;
  let variance = max(join_add(squares, lane) / count - shift * shift, V(0));
  let mean = origin + shift;
  let rstd = inverseSqrt(variance + params.eps);
  for (var i = begin; i < end; i += step) {
    let normal = (load_x(base + i) - mean) * rstd;
    store_y(base + i, normal * weight_at(i) + bias_at(i));
  }
  if (leader) {
    store_mean(line, mean${width === 4 ? '.x' : ''});
    store_rstd(line, rstd${width === 4 ? '.x' : ''});
  }`,
  }),
);

/** Gradient of `x` of `layerNormForward`. */
export function layerNormBackward(
  gradient: Tensor,
  x: Tensor,
  weight: Tensor | null,
  { mean, rstd }: Pick<LayerNormResult, 'mean' | 'rstd'>,
): Tensor {
  const shape = { outer: mean.size, length: extentOf(x.shape, -1), inner: 1 };
  const layout = layoutFor(x.device, shape);
  const width = widthFor(layout, shape);
  const dx = Tensor.empty(x.device, x.shape, storableDtype(x.dtype, width), 'layerNormBackward');
  const kernel = backwardKernel({
    gradientDtype: gradient.dtype,
    dtype: x.dtype,
    weight: weight?.dtype ?? null,
    outDtype: dx.dtype,
    layout,
    width,
  });
  const operands = [gradient, x, ...(weight ? [weight] : []), mean, rstd, dx];
  runLines(kernel, operands, { shape, layout, width });
  return replaceAs(dx, x.dtype);
}

interface BackwardVariant extends Omit<ForwardVariant, 'bias'> {
  readonly gradientDtype: DType;
}

const backwardKernel = defineLineKernel(
  ({ gradientDtype, dtype, weight, outDtype, layout, width }: BackwardVariant) => ({
    name: 'layerNormBackward',
    layout,
    width,
    type: 'f32',
    joins: ['add'],
    bindings: [
      { name: 'gradient', dtype: gradientDtype, width, access: 'read' },
      { name: 'x', dtype, width, access: 'read' },
      ...affineBindings({ weight, bias: null }, width),
      { name: 'mean', dtype: 'f32', width: 1, access: 'read' },
      { name: 'rstd', dtype: 'f32', width: 1, access: 'read' },
      { name: 'dx', dtype: outDtype, width, access: 'write' },
    ],
    declarations: affineSource({ weight, bias: null }),
    main: `
  let count = f32(params.length);
  let own_row = select(0u, line, live);
  let mean = load_mean(own_row);
  let rstd = load_rstd(own_row);
  var total = V(0);
  var along = V(0);
  for (var i = begin; i < end; i += step) {
    let g = load_gradient(base + i) * weight_at(i);
    total += g;
    along += g * (load_x(base + i) - mean) * rstd;
  }
  let mean_gradient = join_add(total, lane) / count;
  let mean_along = join_add(along, lane) / count;
  for (var i = begin; i < end; i += step) {
    let normal = (load_x(base + i) - mean) * rstd;
    store_dx(base + i, (load_gradient(base + i) * weight_at(i) - mean_gradient - normal * mean_along) * rstd);
  }`,
  }),
);
