import type { DType } from '../dtype.ts';
import { dims } from '../shape.ts';
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
import type { GroupStatistics, Groups } from './groupNorm.ts';
import {
  cutLines,
  defineLineKernel,
  type LineLayout,
  layoutFor,
  runLines,
  storableDtype,
  widthFor,
} from './lines.ts';
import type { Binding, Width } from './wgsl.ts';

/** What the forward pass leaves for the backward pass. */
export interface GroupNormContext {
  readonly x: Tensor;
  readonly groups: Groups;
  readonly statistics: GroupStatistics;
  readonly affine: Affine;
  readonly silu: boolean;
}

/** Of each channel in each part of the pixels, [N, parts, C] in f32. */
export interface ChannelSums {
  /** Of the gradient g behind the silu. */
  readonly gradient: Tensor;
  /** Of g times the normalized input. */
  readonly along: Tensor;
}

/** Sums from which every gradient is made: over pixels and samples they are those of bias and weight. */
export function channelSums(gradient: Tensor, context: GroupNormContext): ChannelSums {
  const { x, groups, statistics, affine, silu } = context;
  const { shape } = groups;
  const layout = 'columns';
  const width = widthFor(layout, shape);
  const cut = cutLines(x.device, shape, layout);
  const make = () =>
    Tensor.empty(x.device, [shape.outer, cut.chunks, shape.inner], 'f32', 'groupNormBackward');
  const sums = { gradient: make(), along: make() };
  const { mean, rstd } = statistics;
  const kernel = sumsKernel({
    gradientDtype: gradient.dtype,
    dtype: x.dtype,
    ...affineDtypes(affine),
    width,
    silu,
  });
  const operands = [gradient, x, mean, rstd, ...affineOperands(affine), sums.gradient, sums.along];
  runLines(kernel, operands, { shape, layout, width, ...cut });
  return sums;
}

/** Gradient of `x`. */
export function inputGradient(gradient: Tensor, context: GroupNormContext, sums: ChannelSums): Tensor {
  const { x, groups, statistics, affine, silu } = context;
  const { shape } = groups;
  const layout = 'columns';
  const width = widthFor(layout, shape);
  const means = groupMeans(sums, groups, affine.weight);
  const dx = Tensor.empty(x.device, x.shape, storableDtype(x.dtype, width), 'groupNormBackward');
  const kernel = inputKernel({
    gradientDtype: gradient.dtype,
    dtype: x.dtype,
    ...affineDtypes(affine),
    outDtype: dx.dtype,
    width,
    silu,
  });
  const { mean, rstd } = statistics;
  const operands = [gradient, x, mean, rstd, ...affineOperands(affine), means.gradient, means.along, dx];
  runLines(kernel, operands, { shape, layout, width, ...cutLines(x.device, shape, layout) });
  return replaceAs(dx, x.dtype);
}

/** What the text of a kernel over pixels depends on. */
interface PixelVariant extends AffineDtypes {
  readonly gradientDtype: DType;
  readonly dtype: DType;
  readonly width: Width;
  readonly silu: boolean;
}

function operandBindings({ gradientDtype, dtype, weight, bias, width }: PixelVariant): Binding[] {
  return [
    { name: 'gradient', dtype: gradientDtype, width, access: 'read' },
    { name: 'x', dtype, width, access: 'read' },
    { name: 'mean', dtype: 'f32', width, access: 'read' },
    { name: 'rstd', dtype: 'f32', width, access: 'read' },
    ...affineBindings({ weight, bias }, width),
  ];
}

/** `upstream(g, normal, column)`: the gradient `g` of the result as it is before the silu. */
function upstreamSource({ weight, bias, silu }: PixelVariant): string {
  const body = silu
    ? `let v = normal * weight_at(column) + bias_at(column);
  let s = 1.0 / (1.0 + exp(-v));
  return g * s * (1.0 + v * (1.0 - s));`
    : 'return g;';
  return `${affineSource({ weight, bias })}
fn upstream(g: V, normal: V, column: u32) -> V {
  ${body}
}`;
}

const sumsKernel = defineLineKernel((variant: PixelVariant) => {
  const { width } = variant;
  return {
    name: 'groupNormBackwardSums',
    layout: 'columns',
    width,
    type: 'f32',
    joins: [],
    bindings: [
      ...operandBindings(variant),
      { name: 'sums', dtype: 'f32', width, access: 'write' },
      { name: 'along_sums', dtype: 'f32', width, access: 'write' },
    ],
    declarations: upstreamSource(variant),
    main: `
  if (!live) { return; }
  let mean = load_mean(row * stride + column);
  let rstd = load_rstd(row * stride + column);
  var total = V(0);
  var along = V(0);
  for (var i = begin; i < end; i += step) {
    let at = base + i * stride;
    let normal = (load_x(at) - mean) * rstd;
    let g = upstream(load_gradient(at), normal, column);
    total += g;
    along += g * normal;
  }
  store_sums(line, total);
  store_along_sums(line, along);`,
  };
});

interface InputVariant extends PixelVariant {
  readonly outDtype: DType;
}

const inputKernel = defineLineKernel((variant: InputVariant) => {
  const { outDtype, width } = variant;
  return {
    name: 'groupNormBackward',
    layout: 'columns',
    width,
    type: 'f32',
    joins: [],
    bindings: [
      ...operandBindings(variant),
      { name: 'means', dtype: 'f32', width, access: 'read' },
      { name: 'along_means', dtype: 'f32', width, access: 'read' },
      { name: 'dx', dtype: outDtype, width, access: 'write' },
    ],
    declarations: upstreamSource(variant),
    main: `
  if (!live) { return; }
  let channel = row * stride + column;
  let mean = load_mean(channel);
  let rstd = load_rstd(channel);
  let mean_gradient = load_means(channel);
  let mean_along = load_along_means(channel);
  for (var i = begin; i < end; i += step) {
    let at = base + i * stride;
    let normal = (load_x(at) - mean) * rstd;
    let g = upstream(load_gradient(at), normal, column) * weight_at(column);
    store_dx(at, (g - mean_gradient - normal * mean_along) * rstd);
  }`,
  };
});

/** Of each group, repeated for each channel [N, C]: the means of the weighted sums. */
function groupMeans(sums: ChannelSums, { shape, groups }: Groups, weight: Tensor | null): ChannelSums {
  const { outer, length: pixels, inner: channels } = shape;
  const { device } = sums.gradient;
  const [, parts] = dims('groupNormBackward', sums.gradient, ['N', 'parts', 'C']);
  const perGroup = channels / groups;
  const joined = { outer: outer * groups, length: parts * perGroup, inner: 1 };
  const layout = layoutFor(device, joined);
  const make = () => Tensor.empty(device, [outer, channels], 'f32', 'groupNormBackward');
  const means = { gradient: make(), along: make() };
  const kernel = meansKernel({ weight: weight?.dtype ?? null, layout });
  const operands = [...(weight ? [weight] : []), sums.gradient, sums.along, means.gradient, means.along];
  runLines(kernel, operands, {
    shape: joined,
    layout,
    width: 1,
    params: { groups, perGroup, parts, pixels },
  });
  return means;
}

const meansKernel = defineLineKernel(({ weight, layout }: { weight: DType | null; layout: LineLayout }) => ({
  name: 'groupNormBackwardMeans',
  layout,
  width: 1,
  type: 'f32',
  joins: ['add'],
  bindings: [
    ...affineBindings({ weight, bias: null }, 1),
    { name: 'sums', dtype: 'f32', width: 1, access: 'read' },
    { name: 'along_sums', dtype: 'f32', width: 1, access: 'read' },
    { name: 'means', dtype: 'f32', width: 1, access: 'write' },
    { name: 'along_means', dtype: 'f32', width: 1, access: 'write' },
  ],
  params: { groups: 'u32', perGroup: 'u32', parts: 'u32', pixels: 'u32' },
  declarations: affineSource({ weight, bias: null }),
  main: `
  let count = f32(params.pixels) * f32(params.perGroup);
  let channels = params.groups * params.perGroup;
  let first = line % params.groups * params.perGroup;
  let batch = line / params.groups;
  var total = 0.0;
  var along = 0.0;
  for (var i = begin; i < end; i += step) {
    let channel = first + i % params.perGroup;
    let at = (batch * params.parts + i / params.perGroup) * channels + channel;
    total += load_sums(at) * weight_at(channel);
    along += load_along_sums(at) * weight_at(channel);
  }
  let mean = join_add(total, lane) / count;
  let mean_along = join_add(along, lane) / count;
  for (var i = begin; i < min(end, params.perGroup); i += step) {
    store_means(line * params.perGroup + i, mean);
    store_along_means(line * params.perGroup + i, mean_along);
  }`,
}));
