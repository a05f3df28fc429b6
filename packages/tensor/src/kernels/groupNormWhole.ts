import type { DType } from '../dtype.ts';
import { Tensor } from '../tensor.ts';
import type { GroupStatistics, Groups } from './groupNorm.ts';
import { run } from './run.ts';
import { defineKernel } from './wgsl.ts';

const LANES = 512;
/** Elements beyond which one workgroup a group leaves a GPU idle for longer than a second launch takes. */
const MOST_ELEMENTS = 65536;

/** Whether one workgroup a group is to compute the statistics: on GPUs, where that saves a launch. */
export function suitsWholeGroups(x: Tensor, { shape, groups }: Groups): boolean {
  const { device } = x;
  const elements = (shape.length * shape.inner) / groups;
  const fits = device.limits.maxComputeInvocationsPerWorkgroup >= LANES;
  return !device.tuning.facts.software && fits && elements > 0 && elements <= MOST_ELEMENTS;
}

/** As `groupStatistics`, in one launch: a workgroup walks its group twice, for the mean and for the variance. */
export function wholeGroupStatistics(x: Tensor, { shape, groups }: Groups, eps: number): GroupStatistics {
  const { outer, length: pixels, inner: channels } = shape;
  const make = () => Tensor.empty(x.device, [outer, 1, channels], 'f32', 'groupNorm');
  const [mean, rstd] = [make(), make()];
  run(wholeKernel({ dtype: x.dtype }), [x, mean, rstd], {
    params: { groups, perGroup: channels / groups, pixels, channels, count: outer * groups, eps },
    workgroups: outer * groups,
  });
  return { mean, rstd };
}

const wholeKernel = defineKernel(({ dtype }: { dtype: DType }) => ({
  name: 'groupNormStatistics',
  bindings: [
    { name: 'x', dtype, width: 1, access: 'read' },
    { name: 'mean', dtype: 'f32', width: 1, access: 'write' },
    { name: 'rstd', dtype: 'f32', width: 1, access: 'write' },
  ],
  params: { groups: 'u32', perGroup: 'u32', pixels: 'u32', channels: 'u32', count: 'u32', eps: 'f32' },
  workgroup: [LANES, 1, 1],
  declarations: `var<workgroup> parts: array<f32, ${LANES}>;
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
  let first = group_index / params.groups * params.pixels * params.channels + channel;
  let end = first + params.pixels * params.channels;
  // A lane's elements are ${LANES} apart: so many pixels and channels, with a carry.
  let step = ${LANES}u / params.perGroup * params.channels;
  let remainder = ${LANES}u % params.perGroup;
  let start = first + lane / params.perGroup * params.channels;
  let offset = lane % params.perGroup;
  let origin = load_x(first);
  let elements = f32(params.pixels) * f32(params.perGroup);

  var total = 0.0;
  var c = offset;
  for (var at = start; at < end; at += step) {
    total += load_x(at + c) - origin;
    c += remainder;
    if (c >= params.perGroup) { c -= params.perGroup; at += params.channels; }
  }
  let shift = sum_lanes(total, lane) / elements;
  var squares = 0.0;
  c = offset;
  for (var at = start; at < end; at += step) {
    let d = load_x(at + c) - origin - shift;
    squares += d * d;
    c += remainder;
    if (c >= params.perGroup) { c -= params.perGroup; at += params.channels; }
  }
  let group_rstd = inverseSqrt(sum_lanes(squares, lane) / elements + params.eps);
  let result = group_index / params.groups * params.channels + channel;
  for (var i = lane; i < params.perGroup; i += ${LANES}u) {
    store_mean(result + i, origin + shift);
    store_rstd(result + i, group_rstd);
  }`,
}));
