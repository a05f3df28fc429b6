import type { DType } from '../dtype.ts';
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
import {
  cutLines,
  defineLineKernel,
  type LineLayout,
  type LineShape,
  layoutFor,
  runLines,
  storableDtype,
  widthFor,
} from './lines.ts';
import type { Width } from './wgsl.ts';

/** Groups of channels of [N, pixels, C]. */
export interface Groups {
  readonly shape: LineShape;
  readonly groups: number;
}

/** Of each channel [N, C], in f32: its group's mean, and the reciprocal of its group's standard deviation. */
export interface GroupStatistics {
  readonly mean: Tensor;
  readonly rstd: Tensor;
}

/**
 * Statistics of the groups of `x`. Each lane walks one channel, or four neighbouring ones, down a part of the pixels,
 * so that reads are of whole vec4s even where groups straddle them; a second launch joins channels and parts.
 */
export function groupStatistics(x: Tensor, { shape, groups }: Groups, eps: number): GroupStatistics {
  const layout = 'columns';
  const width = widthFor(layout, shape);
  const cut = cutLines(x.device, shape, layout);
  const { outer, length: pixels, inner: channels } = shape;
  const make = (parts: number) => Tensor.empty(x.device, [outer, parts, channels], 'f32', 'groupNorm');
  const [means, squares] = [make(cut.chunks), make(cut.chunks)];
  runLines(partsKernel({ dtype: x.dtype, width }), [x, means, squares], { shape, layout, width, ...cut });

  const [mean, rstd] = [make(1), make(1)];
  const perGroup = channels / groups;
  const joined = { outer: outer * groups, length: cut.chunks * perGroup, inner: 1 };
  const joinedLayout = layoutFor(x.device, joined);
  const { chunks: parts, span: partSpan } = cut;
  runLines(joinKernel({ layout: joinedLayout }), [means, squares, mean, rstd], {
    shape: joined,
    layout: joinedLayout,
    width: 1,
    params: { groups, perGroup, parts, partSpan, pixels, eps },
  });
  means.dispose();
  squares.dispose();
  return { mean, rstd };
}

// Sums are taken of differences from the part's first pixel: that is at most sqrt(span) standard deviations away
// from the part's mean, so the difference of squares loses no more than log2(span) bits, whatever the mean.
const partsKernel = defineLineKernel(({ dtype, width }: { dtype: DType; width: Width }) => ({
  name: 'groupNormParts',
  layout: 'columns',
  width,
  type: 'f32',
  joins: [],
  bindings: [
    { name: 'x', dtype, width, access: 'read' },
    { name: 'means', dtype: 'f32', width, access: 'write' },
    { name: 'squares', dtype: 'f32', width, access: 'write' },
  ],
  main: `
  if (!live) { return; }
  var origin = V(0);
  if (begin < end) { origin = load_x(base + begin * stride); }
  var total = V(0);
  var sum_squares = V(0);
  for (var i = begin; i < end; i += step) {
    let d = load_x(base + i * stride) - origin;
    total += d;
    sum_squares += d * d;
  }
  let shift = total / max(1.0, f32(end - begin));
  store_means(line, origin + shift);
  store_squares(line, max(sum_squares - total * shift, V(0)));`,
}));

/** Joins the parts of a group's channels (Chan's formula) and repeats the result for each channel. */
const joinKernel = defineLineKernel(({ layout }: { layout: LineLayout }) => ({
  name: 'groupNormStatistics',
  layout,
  width: 1,
  type: 'f32',
  joins: ['add'],
  bindings: [
    { name: 'means', dtype: 'f32', width: 1, access: 'read' },
    { name: 'squares', dtype: 'f32', width: 1, access: 'read' },
    { name: 'mean', dtype: 'f32', width: 1, access: 'write' },
    { name: 'rstd', dtype: 'f32', width: 1, access: 'write' },
  ],
  params: { groups: 'u32', perGroup: 'u32', parts: 'u32', partSpan: 'u32', pixels: 'u32', eps: 'f32' },
  declarations: `fn part_index(line: u32, i: u32) -> u32 {
  let channels = params.groups * params.perGroup;
  let first = line % params.groups * params.perGroup;
  return (line / params.groups * params.parts + i / params.perGroup) * channels + first + i % params.perGroup;
}
fn part_pixels(i: u32) -> f32 {
  let first = i / params.perGroup * params.partSpan;
  return f32(min(params.pixels - first, params.partSpan));
}`,
  main: `
  let count = f32(params.pixels) * f32(params.perGroup);
  let origin = load_means(part_index(select(0u, line, live), 0u));
  var total = 0.0;
  for (var i = begin; i < end; i += step) {
    total += part_pixels(i) * (load_means(part_index(line, i)) - origin);
  }
  let shift = join_add(total, lane) / count;
  var sum_squares = 0.0;
  for (var i = begin; i < end; i += step) {
    let d = load_means(part_index(line, i)) - origin - shift;
    sum_squares += load_squares(part_index(line, i)) + part_pixels(i) * d * d;
  }
  let group_rstd = inverseSqrt(join_add(sum_squares, lane) / count + params.eps);
  for (var i = begin; i < min(end, params.perGroup); i += step) {
    store_mean(line * params.perGroup + i, origin + shift);
    store_rstd(line * params.perGroup + i, group_rstd);
  }`,
}));

/** `x` normalized by `statistics`, times `weight` plus `bias`, and with `silu` that times its own sigmoid. */
export function groupNormApply(
  x: Tensor,
  { shape }: Groups,
  { mean, rstd }: GroupStatistics,
  affine: Affine,
  silu: boolean,
): Tensor {
  const layout = 'columns';
  const width = widthFor(layout, shape);
  const y = Tensor.empty(x.device, x.shape, storableDtype(x.dtype, width), 'groupNorm');
  const kernel = applyKernel({ dtype: x.dtype, ...affineDtypes(affine), outDtype: y.dtype, width, silu });
  const cut = cutLines(x.device, shape, layout);
  runLines(kernel, [x, mean, rstd, ...affineOperands(affine), y], { shape, layout, width, ...cut });
  return replaceAs(y, x.dtype);
}

interface ApplyVariant extends AffineDtypes {
  readonly dtype: DType;
  readonly outDtype: DType;
  readonly width: Width;
  readonly silu: boolean;
}

const applyKernel = defineLineKernel(({ dtype, weight, bias, outDtype, width, silu }: ApplyVariant) => ({
  name: silu ? 'groupNormSilu' : 'groupNorm',
  layout: 'columns',
  width,
  type: 'f32',
  joins: [],
  bindings: [
    { name: 'x', dtype, width, access: 'read' },
    { name: 'mean', dtype: 'f32', width, access: 'read' },
    { name: 'rstd', dtype: 'f32', width, access: 'read' },
    ...affineBindings({ weight, bias }, width),
    { name: 'y', dtype: outDtype, width, access: 'write' },
  ],
  declarations: affineSource({ weight, bias }),
  main: `
  if (!live) { return; }
  let mean = load_mean(row * stride + column);
  let scale = load_rstd(row * stride + column) * weight_at(column);
  let offset = bias_at(column);
  for (var i = begin; i < end; i += step) {
    let at = base + i * stride;
    let v = (load_x(at) - mean) * scale + offset;
    store_y(at, ${silu ? 'v / (1.0 + exp(-v))' : 'v'});
  }`,
}));
