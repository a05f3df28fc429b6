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
import type { GroupStatistics, Groups } from './groupNorm.ts';
import { storableDtype } from './lines.ts';
import { run } from './run.ts';
import { defineKernel, valueType, type Width } from './wgsl.ts';

const LANES = 512;
/** Elements beyond which one workgroup a group leaves a GPU idle for longer than two more launches take. */
const MOST_ELEMENTS = 131072;

/** Whether one workgroup is to normalize a group: on GPUs, where that saves launches. */
export function suitsWholeGroups(x: Tensor, { shape, groups }: Groups): boolean {
  const { device } = x;
  const elements = (shape.length * shape.inner) / groups;
  const fits = device.limits.maxComputeInvocationsPerWorkgroup >= LANES;
  return !device.tuning.facts.software && fits && elements > 0 && elements <= MOST_ELEMENTS;
}

/** How `x` is normalized. */
export interface GroupNormOptions {
  readonly eps: number;
  /** Whether the result is multiplied by its own sigmoid. */
  readonly silu: boolean;
}

/**
 * `x` normalized by its groups' statistics, times weight plus bias, in one launch: a workgroup walks its group three
 * times, for the mean, for the variance, and to write the result.
 */
export function wholeGroupNorm(
  x: Tensor,
  { shape, groups }: Groups,
  affine: Affine,
  { eps, silu }: GroupNormOptions,
): { y: Tensor; statistics: GroupStatistics } {
  const { outer, length: pixels, inner: channels } = shape;
  const perGroup = channels / groups;
  const width = widthOf(perGroup);
  const make = () => Tensor.empty(x.device, [outer, 1, channels], 'f32', 'groupNorm');
  const [mean, rstd] = [make(), make()];
  const y = Tensor.empty(x.device, x.shape, storableDtype(x.dtype, width), 'groupNorm');
  const kernel = wholeKernel({ dtype: x.dtype, outDtype: y.dtype, ...affineDtypes(affine), width, silu });
  run(kernel, [x, y, mean, rstd, ...affineOperands(affine)], {
    params: {
      groups,
      perGroup: perGroup / width,
      pixels,
      channels: channels / width,
      count: outer * groups,
      eps,
    },
    workgroups: outer * groups,
  });
  return { y: replaceAs(y, x.dtype), statistics: { mean, rstd } };
}

/** Elements of one load: as many as divide every group's channels. */
function widthOf(perGroup: number): Width {
  if (perGroup % 4 === 0) return 4;
  return perGroup % 2 === 0 ? 2 : 1;
}

interface WholeVariant extends AffineDtypes {
  readonly dtype: DType;
  readonly outDtype: DType;
  readonly width: Width;
  readonly silu: boolean;
}

const wholeKernel = defineKernel(({ dtype, outDtype, weight, bias, width, silu }: WholeVariant) => ({
  name: silu ? 'groupNormSilu' : 'groupNorm',
  bindings: [
    { name: 'x', dtype, width, access: 'read' },
    { name: 'y', dtype: outDtype, width, access: 'write' },
    { name: 'mean', dtype: 'f32', width, access: 'write' },
    { name: 'rstd', dtype: 'f32', width, access: 'write' },
    ...affineBindings({ weight, bias }, width),
  ],
  // Channels are counted in vectors.
  params: { groups: 'u32', perGroup: 'u32', pixels: 'u32', channels: 'u32', count: 'u32', eps: 'f32' },
  workgroup: [LANES, 1, 1],
  declarations: `alias V = ${valueType('f32', width)};
${affineSource({ weight, bias })}
fn sum_of(v: V) -> f32 { return ${width === 1 ? 'v' : 'dot(v, V(1))'}; }
var<workgroup> parts: array<f32, ${LANES}>;
fn sum_lanes(x: f32, lane: u32) -> f32 {
  workgroupBarrier();
  parts[lane] = x;
  workgroupBarrier();
  for (var half = ${LANES / 2}u; half > 0u; half /= 2u) {
    if (lane < half) { parts[lane] += parts[lane + half]; }
    workgroupBarrier();
  }
  return parts[0];
}`,
  main: `
  if (group_index >= params.count) { return; }
  let channel = group_index % params.groups * params.perGroup;
  let sample = group_index / params.groups;
  let first = sample * params.pixels * params.channels + channel;
  let end = first + params.pixels * params.channels;
  // A lane's vectors are ${LANES} apart: so many pixels and channels, with a carry.
  let step = ${LANES}u / params.perGroup * params.channels;
  let remainder = ${LANES}u % params.perGroup;
  let start = first + lane / params.perGroup * params.channels;
  let offset = lane % params.perGroup;
  let origin = load_x(first)${width === 1 ? '' : '.x'};
  let elements = f32(params.pixels) * f32(params.perGroup * ${width}u);

  var total = V(0);
  ${walk('total += load_x(at + c) - origin;')}
  let shift = sum_lanes(sum_of(total), lane) / elements;
  var squares = V(0);
  ${walk(`let d = load_x(at + c) - origin - shift;
    squares += d * d;`)}
  let group_mean = origin + shift;
  let group_rstd = inverseSqrt(sum_lanes(sum_of(squares), lane) / elements + params.eps);
  let result = sample * params.channels + channel;
  for (var i = lane; i < params.perGroup; i += ${LANES}u) {
    store_mean(result + i, V(group_mean));
    store_rstd(result + i, V(group_rstd));
  }
  ${walk(`let v = (load_x(at + c) - group_mean) * (group_rstd * weight_at(channel + c)) + bias_at(channel + c);
    store_y(at + c, ${silu ? 'v / (1.0 + exp(-v))' : 'v'});`)}`,
}));

/** WGSL of a lane's walk over its vectors of the group: the one at `at + c`, of the group's channel `c`. */
function walk(body: string): string {
  return `{
    var c = offset;
    for (var at = start; at < end; at += step) {
      ${body}
      c += remainder;
      if (c >= params.perGroup) { c -= params.perGroup; at += params.channels; }
    }
  }`;
}
