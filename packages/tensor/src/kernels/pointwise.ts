import { computeType, type DType } from '../dtype.ts';
import { ShapeError } from '../errors.ts';
import { broadcastShapes, broadcastStrides, numel, type Shape, sameShape } from '../shape.ts';
import { Tensor } from '../tensor.ts';
import { run } from './run.ts';
import { type Binding, defineKernel, MAX_RANK, type ParamType, valueType } from './wgsl.ts';

const WORKGROUP = 64;
/** vec4s a thread: enough to amortise the launch of a thread on software adapters (docs/performance.md). */
const PER_THREAD = 4;

/**
 * How an operand is read for four consecutive elements of the result: `flat` has the result's shape; `rows` has an
 * innermost run of whole vec4s; `splat` repeats one element over that run; `scattered` is anything else.
 */
type Access = 'flat' | 'rows' | 'splat' | 'scattered';

/** An operation on elements, as an expression in WGSL. */
export interface PointwiseSpec {
  /** The operation's name. */
  readonly name: string;
  /**
   * WGSL for the result from the operands `a`, `b`, `c`, `d` and the scalars `s`, `t`, all vec4s of the compute
   * types; `V` is the vec4 of the first operand's compute type.
   */
  readonly expression: string;
  /** Functions that the expression calls. */
  readonly declarations?: string;
}

const NAMES = ['a', 'b', 'c', 'd'] as const;
const SCALARS = ['s', 't'] as const;

/** Result of an elementwise expression over broadcast operands. */
export function pointwise(
  spec: PointwiseSpec,
  operands: readonly Tensor[],
  dtype: DType,
  scalars: readonly number[] = [],
): Tensor {
  const [first] = operands;
  if (!first) throw new TypeError(`${spec.name}: a pointwise expression needs an operand`);
  const shape = broadcastShapes(spec.name, ...operands.map((operand) => operand.shape));
  const out = Tensor.empty(first.device, shape, dtype, spec.name);
  pointwiseInto(spec, operands, out, scalars);
  return out;
}

/** As `pointwise`, into `out`, which no operand may share memory with. */
export function pointwiseInto(
  spec: PointwiseSpec,
  operands: readonly Tensor[],
  out: Tensor,
  scalars: readonly number[] = [],
): void {
  const shape = out.shape;
  const allFlat = operands.every((operand) => sameShape(operand.shape, shape));
  const merged = allFlat
    ? { shape: [], strides: [] }
    : mergeAxes(
        spec.name,
        operands.map((o) => o.shape),
        shape,
      );
  const access = operands.map(
    (operand, i): Access =>
      sameShape(operand.shape, shape) ? 'flat' : accessOf(merged.shape, merged.strides[i]),
  );
  const kernel = pointwiseKernel({
    name: spec.name,
    expression: spec.expression,
    declarations: spec.declarations ?? '',
    dtypes: operands.map((operand) => operand.dtype),
    access,
    outDtype: out.dtype,
    scalarCount: scalars.length,
  });
  const count = Math.ceil(numel(shape) / 4);
  const params: Record<string, number | readonly number[]> = { count };
  for (const [i, value] of scalars.entries()) params[SCALARS[i]!] = value;
  if (!allFlat) {
    params.rank = merged.shape.length;
    params.shape = merged.shape;
    for (const [i, mode] of access.entries())
      if (mode !== 'flat') params[`strides_${NAMES[i]}`] = merged.strides[i] ?? [];
  }
  run(kernel, [...operands, out], {
    params,
    workgroups: Math.ceil(count / (WORKGROUP * PER_THREAD)),
    flops: numel(shape),
  });
}

/** Neighbouring axes that every operand walks as one are merged, so that most broadcasts have rank 2. */
function mergeAxes(
  op: string,
  shapes: readonly Shape[],
  out: Shape,
): { shape: number[]; strides: number[][] } {
  const all = shapes.map((shape) => broadcastStrides(shape, out));
  const merged: { extent: number; strides: number[] }[] = [];
  for (const [axis, extent] of out.entries()) {
    if (extent === 1) continue;
    const strides = all.map((own) => own[axis] ?? 0);
    const outer = merged.at(-1);
    if (outer && strides.every((stride, i) => outer.strides[i] === stride * extent))
      merged[merged.length - 1] = { extent: outer.extent * extent, strides };
    else merged.push({ extent, strides });
  }
  if (merged.length > MAX_RANK)
    throw new ShapeError(`${op}: broadcasts over more than ${MAX_RANK} separate axes`);
  return {
    shape: merged.map(({ extent }) => extent),
    strides: shapes.map((_, i) => merged.map(({ strides }) => strides[i] ?? 0)),
  };
}

function accessOf(shape: readonly number[], strides: readonly number[] = []): Access {
  const run = shape.at(-1) ?? 1;
  if (run % 4 !== 0) return 'scattered';
  const inner = strides.at(-1);
  if (inner === 0) return 'splat';
  const aligned = strides.slice(0, -1).every((stride) => stride % 4 === 0);
  return inner === 1 && aligned ? 'rows' : 'scattered';
}

function loadSource(name: string, type: string, access: Access): string {
  switch (access) {
    case 'flat':
      return `let ${name} = load_${name}(i);`;
    case 'rows':
      return `let ${name} = load_${name}(offset_of(4u * i, params.strides_${name}) / 4u);`;
    case 'splat':
      return `let ${name} = vec4<${type}>(load_${name}(offset_of(4u * i, params.strides_${name})));`;
    case 'scattered': {
      const element = (lane: number) => `load_${name}(offset_of(4u * i + ${lane}u, params.strides_${name}))`;
      return `let ${name} = vec4<${type}>(${[0, 1, 2, 3].map(element).join(', ')});`;
    }
  }
}

const OFFSET_OF = `
fn offset_of(index: u32, strides: array<vec4u, 2>) -> u32 {
  var rest = index;
  var offset = 0u;
  for (var axis = i32(params.rank) - 1; axis >= 0; axis--) {
    let extent = dim(params.shape, u32(axis));
    offset += (rest % extent) * dim(strides, u32(axis));
    rest /= extent;
  }
  return offset;
}`;

interface PointwiseVariant extends Required<PointwiseSpec> {
  readonly dtypes: readonly DType[];
  readonly access: readonly Access[];
  readonly outDtype: DType;
  readonly scalarCount: number;
}

const pointwiseKernel = defineKernel(
  ({ name, expression, declarations, dtypes, access, outDtype, scalarCount }: PointwiseVariant) => {
    const strided = access.some((mode) => mode !== 'flat');
    const type = computeType(dtypes[0]!);
    const params: Record<string, ParamType> = { count: 'u32' };
    for (const scalar of SCALARS.slice(0, scalarCount)) params[scalar] = type;
    if (strided) {
      params.rank = 'u32';
      params.shape = 'dims';
      for (const [i, mode] of access.entries()) if (mode !== 'flat') params[`strides_${NAMES[i]}`] = 'dims';
    }
    const bindings: Binding[] = dtypes.map((dtype, i) => ({
      name: NAMES[i]!,
      dtype,
      width: access[i] === 'flat' || access[i] === 'rows' ? 4 : 1,
      access: 'read',
    }));
    bindings.push({ name: 'y', dtype: outDtype, width: 4, access: 'write' });
    const loads = dtypes.map((dtype, i) => loadSource(NAMES[i]!, computeType(dtype), access[i]!));
    const scalars = SCALARS.slice(0, scalarCount).map((scalar) => `let ${scalar} = V(params.${scalar});`);
    return {
      name,
      bindings,
      params,
      workgroup: [WORKGROUP, 1, 1],
      declarations: `alias V = vec4<${type}>;${strided ? OFFSET_OF : ''}\n${declarations}`,
      main: `
  for (var k = 0u; k < ${PER_THREAD}u; k++) {
    let i = (group_index * ${PER_THREAD}u + k) * ${WORKGROUP}u + lane;
    if (i >= params.count) { return; }
    ${[...loads, ...scalars].join('\n    ')}
    store_y(i, ${valueType(outDtype, 4)}(${expression}));
  }`,
    };
  },
);
