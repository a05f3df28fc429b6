import { computeType, type DType } from '../dtype.ts';
import { MATRIX_ENABLES } from '../gpu/matrixUnits.ts';
import { PARAMS_BYTES, type PackedParams } from '../gpu/params.ts';
import type { BindingAccess, Kernel } from '../gpu/pipelines.ts';
import { memoize, type Plain } from '../memoize.ts';

/** Elements that one load or store moves. */
export type Width = 1 | 2 | 4;

/** Elements of f16 that one load takes; eight in four words. */
export type LoadWidth = 1 | 4 | 8;

/** A storage binding, with which the header makes `load_<name>(i)` and `store_<name>(i, value)`. */
export interface Binding {
  readonly name: string;
  readonly dtype: DType;
  /** `i` counts elements at width 1, else vectors of as many. f16 can be stored at widths 2 and 4 only. */
  readonly width: Width;
  readonly access: BindingAccess;
  /** Whether f16 is loaded as f16, not as f32: for kernels that enable it. */
  readonly native?: boolean;
}

/** Of a kernel that reads f16 as such: loads give an element, a `vec4h`, or eight halves in the words of a `vec4u`. */
export function readsHalves(name: string, width: LoadWidth): Binding {
  if (width === 8) return { name, dtype: 'u32', width: 4, access: 'read' };
  return { name, dtype: 'f16', width, access: 'read', native: true };
}

/** Types of the `params` uniform; `dims` holds eight u32, read as `dim(params.<name>, i)`. */
export type ParamType = 'u32' | 'i32' | 'f32' | 'dims';

/** The declared params of a kernel, by name. */
export type Params = Readonly<Record<string, ParamType>>;

/** A value for every declared param: a number, or for `dims` up to eight. */
export type ParamValues<P extends Params> = {
  readonly [K in keyof P]: 'dims' extends P[K]
    ? P[K] extends 'dims'
      ? readonly number[]
      : number | readonly number[]
    : number;
};

/** A kernel in WGSL: what it binds, its parameters, and its source. */
export interface KernelSpec<P extends Params = Params> {
  readonly name: string;
  readonly bindings: readonly Binding[];
  readonly params: P;
  readonly workgroup: readonly [x: number, y: number, z: number];
  /** Declarations before main: functions, `const`s, `var<workgroup>`s. */
  readonly declarations?: string;
  /** Body of main, which sees `group`, `groups` (vec3u), `local` (vec3u), `lane` (index in the workgroup) and `group_index`. */
  readonly main: string;
  /** Adds `enable subgroups` and the builtins `subgroup_size` and `subgroup_lane`. */
  readonly subgroups?: boolean;
  /** Pins the subgroups to one size, by the feature `subgroup-size-control`. */
  readonly subgroupSize?: number | null;
  /** Enables f16 and matrix units (`gpu/matrixUnits.ts`). */
  readonly matrixUnits?: boolean;
}

interface Param {
  readonly name: string;
  readonly type: ParamType;
}

/** A kernel whose params are known by name. */
export interface WgslKernel<P extends Params = Params> extends Kernel {
  readonly params: P;
  /** @internal The params in the order of their words. */
  readonly words: readonly Param[];
}

/** Ranks that `dims` can hold. */
export const MAX_RANK = 8;
/** Words of the `params` uniform. */
const MAX_WORDS = PARAMS_BYTES / 4;

/**
 * A kernel for every variant: plain data that its text depends on, such as `{ dtype, width }`. Equal variants give the
 * same kernel, which is built and compiled at its first use.
 */
export function defineKernel<V, const P extends Params>(
  spec: (variant: V) => KernelSpec<P>,
): (variant: Plain<V>) => WgslKernel<P>;
/** A kernel without variants. Define it once, outside of the functions that launch it: each is compiled by itself. */
export function defineKernel<const P extends Params>(spec: KernelSpec<P>): WgslKernel<P>;
export function defineKernel<V>(spec: KernelSpec | ((variant: V) => KernelSpec)) {
  return typeof spec === 'function' ? memoize((variant: V) => kernelOf(spec(variant))) : kernelOf(spec);
}

function kernelOf(spec: KernelSpec): WgslKernel {
  const words = Object.values(spec.params).reduce((sum, type) => sum + (type === 'dims' ? MAX_RANK : 1), 0);
  if (words > MAX_WORDS)
    throw new TypeError(`${spec.name}: the params take ${words} words, more than ${MAX_WORDS}`);
  if (spec.matrixUnits) requireWholeBlocks(spec);
  return {
    name: spec.name,
    access: spec.bindings.map((binding) => binding.access),
    params: spec.params,
    words: orderParams(spec.params),
    source: () => kernelSource(spec),
  };
}

/** Bytes at whose multiples matrices are loaded from. */
const BLOCK = 16;

/**
 * Drivers place workgroup variables end to end: after one of 4 bytes, NVIDIA's (580.159, seen on an H100) loaded matrices
 * from what lies beside them.
 */
function requireWholeBlocks({ name, declarations = '' }: KernelSpec): void {
  for (const [, variable, type] of declarations.matchAll(/var<workgroup> (\w+): (.+);/g))
    if (workgroupBytes(type!) % BLOCK !== 0)
      throw new TypeError(
        `${name}: the workgroup variable '${variable}' is of ${workgroupBytes(type!)} bytes, not of a multiple of ${BLOCK}`,
      );
}

/** Bytes of a scalar, a vector of four, or an array of them. */
function workgroupBytes(type: string): number {
  const [, element, count] = /^array<(.+), (\d+)>$/.exec(type) ?? [null, type, '1'];
  const scalar = element!.includes('16') || element!.endsWith('h') ? 2 : 4;
  return scalar * (element!.startsWith('vec4') ? 4 : 1) * Number(count);
}

function kernelSource(spec: KernelSpec): string {
  const subgroupBuiltins = spec.subgroups
    ? '@builtin(subgroup_size) subgroup_size: u32, @builtin(subgroup_invocation_id) subgroup_lane: u32,'
    : '';
  return [
    spec.subgroups ? 'enable subgroups;' : '',
    spec.subgroupSize ? 'enable subgroup_size_control;' : '',
    spec.matrixUnits ? MATRIX_ENABLES : '',
    paramsSource(spec.params, spec.bindings.length),
    spec.bindings.some((b) => b.dtype === 'f16' && b.access !== 'read') ? halvesSource(spec) : '',
    ...spec.bindings.map(bindingSource),
    spec.declarations ?? '',
    `@compute @workgroup_size(${spec.workgroup.join(', ')})${spec.subgroupSize ? ` @subgroup_size(${spec.subgroupSize})` : ''}
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) lane: u32,
  ${subgroupBuiltins}
) {
  let group_index = group.x + group.y * groups.x;
${spec.main}
}`,
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function paramsSource(params: KernelSpec['params'], binding: number): string {
  const types: Record<ParamType, string> = { u32: 'u32', i32: 'i32', f32: 'f32', dims: 'array<vec4u, 2>' };
  const fields = orderParams(params).map(({ name, type }) => `  ${name}: ${types[type]},`);
  if (fields.length === 0) return '';
  return `struct Params {
${fields.join('\n')}
}
@group(0) @binding(${binding}) var<uniform> params: Params;

fn dim(dims: array<vec4u, 2>, i: u32) -> u32 {
  return dims[i / 4u][i % 4u];
}`;
}

/** Scalars last: the arrays need 16-byte alignment. */
function orderParams(params: KernelSpec['params']): Param[] {
  const all = Object.entries(params).map(([name, type]) => ({ name, type }));
  return [...all.filter(({ type }) => type === 'dims'), ...all.filter(({ type }) => type !== 'dims')];
}

const staging = new Uint32Array(MAX_WORDS);
const floats = new Float32Array(staging.buffer);
const ints = new Int32Array(staging.buffer);
const packed = { words: staging, length: 0 };

/**
 * The words of the `params` uniform, valid until the next call: a typed array for every launch costs more than to fill
 * it. Every declared param must be given.
 */
export function packParams(
  kernel: WgslKernel,
  values: Readonly<Record<string, number | readonly number[]>>,
): PackedParams {
  let at = 0;
  for (const { name, type } of kernel.words) {
    const value = values[name];
    if (value === undefined) throw new TypeError(`${kernel.name}: param '${name}' is missing`);
    if (typeof value !== 'number') {
      if (value.length > MAX_RANK)
        throw new TypeError(`${kernel.name}: param '${name}' holds ${MAX_RANK} numbers, got ${value.length}`);
      staging.fill(0, at, at + MAX_RANK);
      staging.set(value, at);
      at += MAX_RANK;
    } else if (type === 'f32') floats[at++] = value;
    else if (type === 'i32') ints[at++] = value;
    else staging[at++] = value;
  }
  packed.length = at;
  return packed;
}

/** The type of one load of `binding`, and of what is stored to it. */
export function valueType(dtype: DType, width: Width): string {
  const type = computeType(dtype);
  return width === 1 ? type : `vec${width}<${type}>`;
}

/** The type of one load of `binding`, and of what is stored to it. */
export function bindingType({ dtype, width, native }: Binding): string {
  if (!native || dtype !== 'f16') return valueType(dtype, width);
  return width === 1 ? 'f16' : `vec${width}h`;
}

function bindingSource(binding: Binding, index: number): string {
  const { name, dtype, width, access } = binding;
  const mode = access === 'read' ? 'read' : 'read_write';
  const native = binding.native === true && dtype === 'f16';
  const value = bindingType(binding);
  const element = dtype === 'f16' ? (width === 4 ? 'vec2u' : 'u32') : value;
  const parts = [`@group(0) @binding(${index}) var<storage, ${mode}> ${name}: array<${element}>;`];
  if (access !== 'write')
    parts.push(
      `fn load_${name}(i: u32) -> ${value} {\n  ${native ? nativeLoadBody(binding) : loadBody(name, dtype, width)}\n}`,
    );
  if (access !== 'read') {
    if (dtype === 'f16' && width === 1)
      throw new TypeError(`${name}: f16 cannot be stored one element at a time`);
    parts.push(`fn store_${name}(i: u32, value: ${value}) {\n  ${storeBody(name, dtype, width, value)}\n}`);
  }
  return parts.join('\n');
}

function loadBody(name: string, dtype: DType, width: Width): string {
  if (dtype !== 'f16') return `return ${name}[i];`;
  if (width === 1) return `return unpack2x16float(${name}[i / 2u])[i % 2u];`;
  if (width === 2) return `return unpack2x16float(${name}[i]);`;
  return `let word = ${name}[i];\n  return vec4f(unpack2x16float(word.x), unpack2x16float(word.y));`;
}

function nativeLoadBody(binding: Binding): string {
  const { name, width } = binding;
  return width === 1
    ? `return bitcast<vec2h>(${name}[i / 2u])[i % 2u];`
    : `return bitcast<${bindingType(binding)}>(${name}[i]);`;
}

/** u8 wraps and bool is 0 or 1, whatever a kernel computed in their words. */
function storeBody(name: string, dtype: DType, width: Width, type: string): string {
  switch (dtype) {
    case 'f16':
      if (width === 2) return `${name}[i] = pack_halves(value);`;
      return `${name}[i] = vec2u(pack_halves(value.xy), pack_halves(value.zw));`;
    case 'u8':
      return `${name}[i] = value & ${type}(255);`;
    case 'bool':
      return `${name}[i] = min(value, ${type}(1));`;
    default:
      return `${name}[i] = value;`;
  }
}

/** Kernels of matrix units convert by what the adapter has for it, which the probe has found right. */
function halvesSource({ matrixUnits }: KernelSpec): string {
  return matrixUnits ? 'fn pack_halves(v: vec2f) -> u32 { return bitcast<u32>(vec2h(v)); }' : PACK_HALVES;
}

/** pack2x16float is undefined beyond the range of f16: there the halves are infinity or NaN, as a cast gives. */
const PACK_HALVES = `fn pack_halves(v: vec2f) -> u32 {
  let packed = pack2x16float(clamp(v, vec2f(-65504.0), vec2f(65504.0)));
  let infinite = vec2u(0x7c00u) | ((bitcast<vec2u>(v) >> vec2u(16u)) & vec2u(0x8000u));
  let halves = vec2u(packed & 0xffffu, packed >> 16u);
  let special = select(halves, infinite, abs(v) >= vec2f(65520.0));
  let nan = (bitcast<vec2u>(v) & vec2u(0x7fffffffu)) > vec2u(0x7f800000u);
  let result = select(special, vec2u(0x7e00u), nan);
  return result.x | (result.y << 16u);
}`;
