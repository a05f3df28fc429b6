import { computeType, type DType } from '../dtype.ts';
import { numel, type Shape } from '../shape.ts';
import { reshaped, Tensor } from '../tensor.ts';
import { replaceAs } from './cast.ts';
import {
  type Combine,
  combineSource,
  cutLines,
  defineLineKernel,
  type LineCut,
  type LineLayout,
  type LineShape,
  layoutFor,
  runLines,
  storableDtype,
  widthFor,
} from './lines.ts';
import { valueType, type Width } from './wgsl.ts';

/** How elements are reduced: `map` makes a term of an element `x`, `combine` joins the terms. */
export interface Reduction {
  readonly name: string;
  readonly map: string;
  readonly combine: Combine;
}

export const SUM: Reduction = { name: 'sum', map: 'x', combine: 'add' };
export const SUM_ABS: Reduction = { name: 'sumAbs', map: 'abs(x)', combine: 'add' };
export const SUM_SQUARES: Reduction = { name: 'sumSquares', map: 'x * x', combine: 'add' };
export const MAX_ABS: Reduction = { name: 'maxAbs', map: 'abs(x)', combine: 'max' };
export const MIN_ABS: Reduction = { name: 'minAbs', map: 'abs(x)', combine: 'min' };
export const MAX: Reduction = { name: 'max', map: 'x', combine: 'max' };
export const MIN: Reduction = { name: 'min', map: 'x', combine: 'min' };

const LEAST = { f32: -Infinity, i32: -(2 ** 31), u32: 0 };
const MOST = { f32: Infinity, i32: 2 ** 31 - 1, u32: 2 ** 32 - 1 };

/** The value of nothing. */
function identityOf(combine: Combine, dtype: DType): number {
  if (combine === 'add') return 0;
  return (combine === 'max' ? LEAST : MOST)[computeType(dtype)];
}

/** `shape` with extent 1 along `axes`. */
export function keptShape(shape: Shape, axes: readonly number[]): number[] {
  return shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent));
}

/**
 * `x` reduced along `axes` (sorted, from the front), which stay with extent 1, in the compute type of `x`'s dtype:
 * floats accumulate and result in f32. Each run of neighbouring axes takes a pass.
 */
export function reduceAxes(x: Tensor, reduction: Reduction, axes: readonly number[]): Tensor {
  let result = x;
  for (const shape of runsOf(x.shape, axes)) {
    const step = result === x ? reduction : { ...reduction, map: 'x' };
    const next = reduceMiddle(result, step, shape);
    if (result !== x) result.dispose();
    result = next;
  }
  return reshaped(result, keptShape(x.shape, axes));
}

/** The runs of neighbouring axes, the last first, so that those still to come keep their places. */
function runsOf(shape: Shape, axes: readonly number[]): LineShape[] {
  if (axes.length === 0) return [{ outer: numel(shape), length: 1, inner: 1 }];
  const runs: LineShape[] = [];
  let inner = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (!axes.includes(axis)) {
      inner *= shape[axis]!;
      continue;
    }
    let first = axis;
    while (axes.includes(first - 1)) first--;
    const [outer, length] = [numel(shape.slice(0, first)), numel(shape.slice(first, axis + 1))];
    runs.push({ outer, length, inner });
    axis = first;
  }
  return runs;
}

/**
 * `x` reduced along the middle of `shape`, as [outer, inner]: computed in the compute type of `x`'s dtype, and stored in
 * `dtype`, by default the same.
 */
export function reduceMiddle(
  x: Tensor,
  reduction: Reduction,
  shape: LineShape,
  dtype: DType = computeType(x.dtype),
): Tensor {
  const { outer, inner } = shape;
  const layout = layoutFor(x.device, shape);
  const cut = cutLines(x.device, shape, layout);
  const { chunks } = cut;
  if (chunks === 1) {
    const stored =
      layout === 'columns' ? storableDtype(dtype, widthFor(layout, shape)) : computeType(x.dtype);
    const result = reduceParts(x, reduction, shape, layout, cut, stored);
    return replaceAs(reshaped(result, [outer, inner]), dtype);
  }
  const parts = reduceParts(x, reduction, shape, layout, cut);
  const joined = reduceMiddle(parts, { ...reduction, map: 'x' }, { outer, length: chunks, inner }, dtype);
  parts.dispose();
  return joined;
}

/** As `reduceMiddle`, for each part of the lines by itself: [outer, chunks, inner]. */
export function reduceParts(
  x: Tensor,
  reduction: Reduction,
  shape: LineShape,
  layout: LineLayout,
  cut: LineCut,
  outDtype: DType = computeType(x.dtype),
): Tensor {
  const { name, combine } = reduction;
  const width = widthFor(layout, shape);
  const out = Tensor.empty(x.device, [shape.outer, cut.chunks, shape.inner], outDtype, name);
  const { map } = reduction;
  runLines(reduceKernel({ name, map, combine, dtype: x.dtype, outDtype, layout, width }), [x, out], {
    shape,
    layout,
    width,
    chunks: cut.chunks,
    span: cut.span,
    params: { identity: identityOf(combine, x.dtype) },
  });
  return out;
}

// WGSL's min and max may drop a NaN. Where they see floats, NaNs are summed apart, and the sum (else 0) is added.
const NAN_OF = `fn nan_of(x: V) -> V {
  return select(V(0), x, (bitcast<U>(x) & U(0x7fffffffu)) > U(0x7f800000u));
}`;

interface ReduceVariant extends Reduction {
  readonly dtype: DType;
  readonly outDtype: DType;
  readonly layout: LineLayout;
  readonly width: Width;
}

const reduceKernel = defineLineKernel(
  ({ name, map, combine, dtype, outDtype, layout, width }: ReduceVariant) => {
    const type = computeType(dtype);
    const outWidth = layout === 'columns' ? width : 1;
    const keepsNaN = combine !== 'add' && type === 'f32';
    return {
      name,
      layout,
      width,
      type,
      joins: keepsNaN ? [combine, 'add'] : [combine],
      bindings: [
        { name: 'x', dtype, width, access: 'read' },
        { name: 'y', dtype: outDtype, width: outWidth, access: 'write' },
      ],
      params: { identity: type },
      declarations: `fn term(x: V) -> V { return ${map}; }
alias U = ${valueType('u32', width)};
${keepsNaN ? NAN_OF : ''}`,
      main: `
  var result = V(params.identity);
  ${keepsNaN ? 'var nans = V(0);' : ''}
  for (var i = begin; i < end; i += step) {
    let next = term(load_x(base + i * stride));
    result = ${combineSource(combine, 'result', 'next')};
    ${keepsNaN ? 'nans += nan_of(next);' : ''}
  }
  result = join_${combine}(result, lane);
  ${keepsNaN ? 'result += join_add(nans, lane);' : ''}
  if (leader) { store_y(line, result${width > outWidth ? '.x' : ''}); }`,
    };
  },
);
