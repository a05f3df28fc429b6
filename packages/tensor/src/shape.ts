import { ShapeError } from './errors.ts';

/** Extents of a tensor, outermost first; `[]` is a scalar. Tensors are always contiguous and row-major. */
export type Shape = readonly number[];

export function numel(shape: Shape): number {
  let n = 1;
  for (const extent of shape) n *= extent;
  return n;
}

/**
 * The extents of `x` as a tuple with one for each of the `names`, for instance
 * `const [rows, columns] = dims('matmul', x, ['rows', 'columns'])`. `what` is what a message calls `x`.
 * @throws ShapeError when `x` has another rank
 */
export function dims<const A extends readonly string[]>(
  op: string,
  x: { readonly shape: Shape },
  names: A,
  what = 'x',
): { readonly [K in keyof A]: number } {
  if (x.shape.length !== names.length)
    throw new ShapeError(`${op}: ${what} must be [${names.join(', ')}], got ${formatShape(x.shape)}`);
  return x.shape as { readonly [K in keyof A]: number };
}

/** The extent of `shape` along `dim`, a negative one counted from the back. @throws ShapeError when there is none */
export function extentOf(shape: Shape, dim: number): number {
  const extent = shape.at(dim);
  if (extent === undefined) throw new ShapeError(`shape ${formatShape(shape)} has no dim ${dim}`);
  return extent;
}

/** Row-major strides in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = stride;
    stride *= shape[i]!;
  }
  return strides;
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((extent, i) => extent === b[i]);
}

export function formatShape(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}

/**
 * A dimension counted from the front; negative dimensions count from the back. A scalar counts as a vector of one, as
 * in torch: its dimensions are 0 and -1.
 */
export function normalizeDim(op: string, dim: number, rank: number): number {
  const count = Math.max(1, rank);
  const normal = dim < 0 ? dim + count : dim;
  if (!Number.isInteger(normal) || normal < 0 || normal >= count) {
    throw new ShapeError(`${op}: dim ${dim} does not exist in a tensor of rank ${rank}`);
  }
  return normal;
}

/** As `normalizeDim`, for an operation that takes no scalars. */
export function normalizeOwnDim(op: string, dim: number, rank: number): number {
  if (rank === 0) throw new ShapeError(`${op}: a scalar has no dimension; unsqueeze it first`);
  return normalizeDim(op, dim, rank);
}

/** Sorted distinct dimensions; `undefined` means all of them. A scalar's dimensions 0 and -1 name none. */
export function normalizeDims(
  op: string,
  dims: number | readonly number[] | undefined,
  rank: number,
): number[] {
  if (dims === undefined) return Array.from({ length: rank }, (_, i) => i);
  const list = typeof dims === 'number' ? [dims] : dims;
  const normal = list.map((dim) => normalizeDim(op, dim, rank)).sort((a, b) => a - b);
  if (new Set(normal).size !== normal.length)
    throw new ShapeError(`${op}: dimensions [${list.join(', ')}] repeat`);
  return rank === 0 ? [] : normal;
}

/** The shape that all `shapes` broadcast to (NumPy's and torch's rule). */
export function broadcastShapes(op: string, ...shapes: readonly Shape[]): number[] {
  const rank = Math.max(0, ...shapes.map((s) => s.length));
  const out = new Array<number>(rank).fill(1);
  for (const shape of shapes) {
    const offset = rank - shape.length;
    for (const [i, extent] of shape.entries()) {
      const dim = offset + i;
      if (extent === out[dim] || extent === 1) continue;
      if (out[dim] !== 1) {
        throw new ShapeError(`${op}: shapes ${shapes.map(formatShape).join(' and ')} do not broadcast`);
      }
      out[dim] = extent;
    }
  }
  return out;
}

/** Strides with which a tensor of `shape` is read at the coordinates of `out`; 0 if it is broadcast. */
export function broadcastStrides(shape: Shape, out: Shape): number[] {
  const strides = stridesOf(shape);
  const offset = out.length - shape.length;
  return out.map((_, dim) => (dim < offset || shape[dim - offset] === 1 ? 0 : strides[dim - offset]!));
}

/** @throws ShapeError unless every extent is an integer of at least 0 */
export function requireExtents(op: string, shape: Shape): void {
  if (shape.every((extent) => Number.isSafeInteger(extent) && extent >= 0)) return;
  throw new ShapeError(`${op}: the extents of shape ${formatShape(shape)} must be integers of at least 0`);
}

export function requireShape(op: string, what: string, actual: Shape, expected: Shape): void {
  if (sameShape(actual, expected)) return;
  throw new ShapeError(`${op}: ${what} must have shape ${formatShape(expected)}, got ${formatShape(actual)}`);
}

/** The shape after reshaping `from` to `to`, where one extent of `to` may be -1 (inferred). */
export function inferShape(op: string, from: Shape, to: Shape): number[] {
  const count = numel(from);
  const known = to.reduce((n, extent) => (extent === -1 ? n : n * extent), 1);
  const holes = to.filter((extent) => extent === -1).length;
  const inferred = holes === 1 && known > 0 ? count / known : 0;
  const shape = to.map((extent) => (extent === -1 ? inferred : extent));
  const valid = holes <= 1 && shape.every((extent) => Number.isInteger(extent) && extent >= 0);
  if (!valid || numel(shape) !== count) {
    throw new ShapeError(`${op}: cannot view ${formatShape(from)} as ${formatShape(to)}`);
  }
  return shape;
}
