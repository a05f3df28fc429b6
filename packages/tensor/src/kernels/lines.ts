import type { DType } from '../dtype.ts';
import type { Device } from '../gpu/device.ts';
import { knownSubgroup } from '../gpu/facts.ts';
import { memoize, type Plain } from '../memoize.ts';
import { numel, type Shape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { run } from './run.ts';
import {
  type Binding,
  defineKernel,
  type KernelSpec,
  type ParamType,
  valueType,
  type WgslKernel,
  type Width,
} from './wgsl.ts';

/** A contiguous tensor seen as [outer, length, inner]: its lines run along the middle. */
export interface LineShape {
  readonly outer: number;
  readonly length: number;
  readonly inner: number;
}

/** The lines of a tensor of `shape` along `axis`; those of a scalar along axis 0 are one of one element. */
export function linesAlong(shape: Shape, axis: number): LineShape {
  return {
    outer: numel(shape.slice(0, axis)),
    length: shape[axis] ?? 1,
    inner: numel(shape.slice(axis + 1)),
  };
}

/**
 * How lanes share lines. `columns`: a lane a line, or four neighbouring lines at width 4. `subgroup<n>`: the n
 * lanes of a subgroup share a line of inner = 1, several lines a workgroup; `pinned<n>`: and the kernel is pinned to
 * subgroups of n. `workgroup`: a whole workgroup a line, where the size of subgroups cannot be known.
 */
export type LineLayout = 'columns' | 'workgroup' | `${'subgroup' | 'pinned'}${number}`;

/** How two values become one. */
export type Combine = 'add' | 'max' | 'min';

/** How the lanes of a line join their values: as a `Combine`, or `first`, the smallest of indices (u32). */
export type Join = Combine | 'first';

const JOINS: Record<Join, { of(p: string, q: string): string; subgroup: string; type?: 'u32' }> = {
  add: { of: (p, q) => `${p} + ${q}`, subgroup: 'subgroupAdd' },
  max: { of: (p, q) => `max(${p}, ${q})`, subgroup: 'subgroupMax' },
  min: { of: (p, q) => `min(${p}, ${q})`, subgroup: 'subgroupMin' },
  first: { of: (p, q) => `min(${p}, ${q})`, subgroup: 'subgroupMin', type: 'u32' },
};

/** WGSL that combines `p` and `q`. */
export function combineSource(combine: Combine, p: string, q: string): string {
  return JOINS[combine].of(p, q);
}

const COLUMN_LANES = 64;
const WORKGROUP_LANES = 64;
const SUBGROUP_LANES = 256;
const MOST_ROWS = 16;
/** Shorter rows leave most of a team idle: there a lane takes a whole row. */
const LEAST_ROW = 16;

export function layoutFor(device: Device, { length, inner }: LineShape): LineLayout {
  if (inner !== 1 || length < LEAST_ROW) return 'columns';
  const known = knownSubgroup(device.tuning.facts);
  if (!known) return 'workgroup';
  return known.pin ? `pinned${known.pin}` : `subgroup${known.size}`;
}

/** 4 where every line, or every group of neighbouring lines, is made of whole vec4s. */
export function widthFor(layout: LineLayout, { length, inner }: LineShape): Width {
  return (layout === 'columns' ? inner : length) % 4 === 0 ? 4 : 1;
}

/** The dtype that a kernel storing `width` elements at once can write for a result of `dtype`. */
export function storableDtype(dtype: DType, width: Width): DType {
  return dtype === 'f16' && width === 1 ? 'f32' : dtype;
}

type ElementType = 'f32' | 'i32' | 'u32';

interface Team {
  /** Lanes that share a line. */
  readonly lanes: number;
  /** Lines of a workgroup. */
  readonly lines: number;
}

const teamOf = memoize((layout: LineLayout): Team => {
  if (layout === 'columns') return { lanes: 1, lines: COLUMN_LANES };
  if (layout === 'workgroup') return { lanes: WORKGROUP_LANES, lines: 1 };
  const lanes = Number(layout.replace(/\D+/, ''));
  return { lanes, lines: Math.max(1, Math.min(MOST_ROWS, Math.floor(SUBGROUP_LANES / lanes))) };
});

export interface LineKernelSpec {
  readonly name: string;
  readonly layout: LineLayout;
  readonly width: Width;
  /** Element type of `V`, in which the kernel computes. */
  readonly type: ElementType;
  /** Makes `join_<name>(v: V, lane) -> V` for each: the value of the whole line, in every lane of it. */
  readonly joins: readonly Join[];
  readonly bindings: readonly Binding[];
  readonly params?: Readonly<Record<string, ParamType>>;
  readonly declarations?: string;
  /**
   * Sees `V`; `line`, the index of the result, in [outer, chunks, inner / width] order; `row`, `chunk` and `column`,
   * its parts; `live` and `leader`, whether the lane has a line, and whether it writes the line's result; and the loop
   * `for (var i = begin; i < end; i += step)` over what the lane sees of its line, at `base + i * stride`.
   */
  readonly main: string;
}

const PARAMS = { outer: 'u32', length: 'u32', inner: 'u32', chunks: 'u32', span: 'u32' } as const;

/** A kernel over lines for every variant; as `defineKernel`. */
export function defineLineKernel<V>(spec: (variant: V) => LineKernelSpec): (variant: Plain<V>) => WgslKernel {
  return defineKernel((variant: V) => lineKernelSpec(spec(variant)));
}

function lineKernelSpec(spec: LineKernelSpec): KernelSpec {
  const { layout, width, type, joins } = spec;
  const { lanes, lines } = teamOf(layout);
  return {
    name: spec.name,
    bindings: spec.bindings,
    params: { ...PARAMS, ...spec.params },
    workgroup: [lanes * lines, 1, 1],
    subgroups: layout !== 'columns' && layout !== 'workgroup',
    subgroupSize: layout.startsWith('pinned') ? lanes : null,
    declarations: [
      `alias V = ${valueType(type, width)};`,
      ...joins.map((join) => joinSource(join, layout, width, type)),
      spec.declarations ?? '',
    ].join('\n'),
    main: `${layout === 'columns' ? columnsPrologue(width) : rowsPrologue(layout, width)}\n${spec.main}`,
  };
}

function columnsPrologue(width: Width): string {
  return `
  let stride = params.inner / ${width}u;
  let line = group_index * ${COLUMN_LANES}u + lane;
  let live = line < params.outer * params.chunks * stride;
  let leader = live;
  let column = line % stride;
  let chunk = line / stride % params.chunks;
  let row = line / stride / params.chunks;
  let base = row * params.length * stride + column;
  let begin = chunk * params.span;
  let end = select(0u, min(params.length, begin + params.span), live);
  let step = 1u;`;
}

// Subgroups are taken to hold consecutive lanes, as every Vulkan, Metal and D3D12 driver lays out a workgroup of one
// dimension. Lanes without a line stay to the end, because joins need all of their subgroup.
function rowsPrologue(layout: LineLayout, width: Width): string {
  const { lanes, lines } = teamOf(layout);
  return `
  let stride = 1u;
  let line = group_index * ${lines}u + lane / ${lanes}u;
  let live = line < params.outer * params.chunks;
  let leader = live && lane % ${lanes}u == 0u;
  let column = 0u;
  let chunk = line % params.chunks;
  let row = line / params.chunks;
  let base = row * (params.length / ${width}u);
  let begin = chunk * params.span / ${width}u + lane % ${lanes}u;
  let end = select(0u, min(params.length, (chunk + 1u) * params.span) / ${width}u, live);
  let step = ${lanes}u;`;
}

function joinSource(join: Join, layout: LineLayout, width: Width, computed: ElementType): string {
  const { of, subgroup, type = computed } = JOINS[join];
  const value = valueType(type, width);
  const signature = `fn join_${join}(v: ${value}, lane: u32) -> ${value}`;
  if (layout === 'columns') return `${signature} { return v; }`;
  const folded = width === 1 ? 'v' : of(`(${of('v.x', 'v.y')})`, `(${of('v.z', 'v.w')})`);
  if (layout !== 'workgroup') return `${signature} { return ${value}(${subgroup}(${folded})); }`;
  const parts = `${join}_parts`;
  return `var<workgroup> ${parts}: array<${type}, ${WORKGROUP_LANES}>;
${signature} {
  workgroupBarrier();
  ${parts}[lane] = ${folded};
  workgroupBarrier();
  for (var half = ${WORKGROUP_LANES / 2}u; half > 0u; half /= 2u) {
    if (lane < half) { ${parts}[lane] = ${of(`${parts}[lane]`, `${parts}[lane + half]`)}; }
    workgroupBarrier();
  }
  return ${value}(${parts}[0]);
}`;
}

/** Lines cut into `chunks` parts of `span` elements, the last one shorter. `span` is a multiple of 4. */
export interface LineCut {
  readonly chunks: number;
  readonly span: number;
}

export interface LineRun extends Partial<LineCut> {
  readonly shape: LineShape;
  readonly layout: LineLayout;
  readonly width: Width;
  readonly params?: Readonly<Record<string, number>>;
}

/** Launches a kernel made by `defineLineKernel`; by default the lines are not cut. */
export function runLines(kernel: WgslKernel, tensors: readonly Tensor[], options: LineRun): void {
  const { shape, layout, width, chunks = 1, span = shape.length } = options;
  const { outer, length, inner } = shape;
  const lines = (outer * chunks * inner) / (layout === 'columns' ? width : 1);
  run(kernel, tensors, {
    // Named one by one: spreading objects takes longer than the rest of a launch.
    params: Object.assign({ outer, length, inner, chunks, span }, options.params),
    workgroups: Math.ceil(lines / teamOf(layout).lines),
    flops: outer * length * inner,
  });
}

/** Lanes that keep a device busy. */
const BUSY_LANES = { software: 1024, gpu: 65536 };
/** A lane that sees fewer elements costs more to start than it does. */
const LEAST_SPAN = 16;

/** How to cut lines so that a device is busy although there are few of them. */
export function cutLines(device: Device, shape: LineShape, layout: LineLayout): LineCut {
  const { lanes } = teamOf(layout);
  const lines = (shape.outer * shape.inner * lanes) / (layout === 'columns' ? widthFor(layout, shape) : 1);
  const busy = device.tuning.facts.software ? BUSY_LANES.software : BUSY_LANES.gpu;
  const wanted = Math.ceil(busy / Math.max(1, lines));
  const most = Math.max(1, Math.floor(shape.length / (LEAST_SPAN * lanes)));
  const span = Math.max(4, Math.ceil(shape.length / Math.min(wanted, most) / 4) * 4);
  return { chunks: Math.max(1, Math.ceil(shape.length / span)), span };
}
