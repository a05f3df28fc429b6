import type { DType } from '../dtype.ts';
import type { Device } from '../gpu/device.ts';
import { knownSubgroup } from '../gpu/facts.ts';
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

/** Of a workgroup on GPUs. */
const LANES = 512;
/** Elements beyond which one workgroup a group leaves a device idle for longer than two more launches take. */
const MOST_ELEMENTS = 131072;

/**
 * Whether one workgroup is to normalize a group, which saves two launches; not on software adapters where it could not
 * store single halves, so that a cast followed.
 */
export function suitsWholeGroups({ device, dtype }: Tensor, { shape, groups }: Groups): boolean {
  const perGroup = shape.inner / groups;
  const elements = shape.length * perGroup;
  const stores = !device.tuning.facts.software || storableDtype(dtype, widthOf(perGroup)) === dtype;
  return stores && teamOf(device) !== null && elements > 0 && elements <= MOST_ELEMENTS;
}

/** The lanes that share a group. */
interface Team {
  readonly lanes: number;
  /** Whether they are one subgroup, which adds up without barriers. */
  readonly subgroup: boolean;
}

/** On software adapters, which take long for a barrier, a subgroup; null where its size is not known, or too few fit. */
function teamOf({ limits, tuning }: Device): Team | null {
  const { software } = tuning.facts;
  if (!software)
    return limits.maxComputeInvocationsPerWorkgroup >= LANES ? { lanes: LANES, subgroup: false } : null;
  const known = knownSubgroup(tuning.facts);
  return known && known.pin === null ? { lanes: known.size, subgroup: true } : null;
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
  const dtypes = { dtype: x.dtype, outDtype: y.dtype, ...affineDtypes(affine) };
  const kernel = wholeKernel({ ...dtypes, width, silu, team: teamOf(x.device)! });
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
  readonly team: Team;
}

const wholeKernel = defineKernel(({ dtype, outDtype, weight, bias, width, silu, team }: WholeVariant) => ({
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
  workgroup: [team.lanes, 1, 1],
  subgroups: team.subgroup,
  declarations: `alias V = ${valueType('f32', width)};
${affineSource({ weight, bias })}
fn sum_of(v: V) -> f32 { return ${width === 1 ? 'v' : 'dot(v, V(1))'}; }
${sumLanesSource(team)}`,
  main: `
  if (group_index >= params.count) { return; }
  let channel = group_index % params.groups * params.perGroup;
  let sample = group_index / params.groups;
  let first = sample * params.pixels * params.channels + channel;
  let end = first + params.pixels * params.channels;
  // A lane's vectors are ${team.lanes} apart: so many pixels and channels, with a carry.
  let step = ${team.lanes}u / params.perGroup * params.channels;
  let remainder = ${team.lanes}u % params.perGroup;
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
  for (var i = lane; i < params.perGroup; i += ${team.lanes}u) {
    store_mean(result + i, V(group_mean));
    store_rstd(result + i, V(group_rstd));
  }
  ${walk(`let v = (load_x(at + c) - group_mean) * (group_rstd * weight_at(channel + c)) + bias_at(channel + c);
    store_y(at + c, ${silu ? 'v / (1.0 + exp(-v))' : 'v'});`)}`,
}));

/** `sum_lanes(x, lane)`: the sum over the workgroup, in every lane. */
function sumLanesSource({ lanes, subgroup }: Team): string {
  if (subgroup) return 'fn sum_lanes(x: f32, lane: u32) -> f32 { return subgroupAdd(x); }';
  return `var<workgroup> parts: array<f32, ${lanes}>;
fn sum_lanes(x: f32, lane: u32) -> f32 {
  workgroupBarrier();
  parts[lane] = x;
  workgroupBarrier();
  for (var half = ${lanes / 2}u; half > 0u; half /= 2u) {
    if (lane < half) { parts[lane] += parts[lane + half]; }
    workgroupBarrier();
  }
  return parts[0];
}`;
}

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
