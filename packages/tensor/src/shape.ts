import { ShapeError } from './errors.ts';

/** Extents of a tensor, outermost first; `[]` is a scalar. Tensors are always contiguous and row-major. */
export type Shape = readonly number[];

export function numel(shape: Shape): number {
  let n = 1;
  for (const extent of shape) n *= extent;
  return n;
}

/**
 * The extents of `x` as a tuple with one for each of the named `axes`, for instance
 * `const [rows, columns] = dims('matmul', x, ['rows', 'columns'])`. `what` is what a message calls `x`.
 * @throws ShapeError when `x` has another rank
 */
export function dims<const A extends readonly string[]>(
  op: string,
  x: { readonly shape: Shape },
  axes: A,
  what = 'x',
): { readonly [K in keyof A]: number } {
  if (x.shape.length !== axes.length)
    throw new ShapeError(`${op}: ${what} must be [${axes.join(', ')}], got ${formatShape(x.shape)}`);
  return x.shape as { readonly [K in keyof A]: number };
}

/** The extent of `shape` along `axis`, a negative one counted from the back. @throws ShapeError when there is none */
export function extentOf(shape: Shape, axis: number): number {
  const extent = shape.at(axis);
  if (extent === undefined) throw new ShapeError(`shape ${formatShape(shape)} has no axis ${axis}`);
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
 * An axis counted from the front; negative axes count from the back. A scalar counts as a vector of one, as in torch:
 * its axes are 0 and -1.
 */
export function normalizeAxis(op: string, axis: number, rank: number): number {
  const axes = Math.max(1, rank);
  const normal = axis < 0 ? axis + axes : axis;
  if (!Number.isInteger(normal) || normal < 0 || normal >= axes) {
    throw new ShapeError(`${op}: axis ${axis} does not exist in a tensor of rank ${rank}`);
  }
  return normal;
}

/** As `normalizeAxis`, for an operation that takes no scalars. */
export function normalizeOwnAxis(op: string, axis: number, rank: number): number {
  if (rank === 0) throw new ShapeError(`${op}: a scalar has no axis; unsqueeze it first`);
  return normalizeAxis(op, axis, rank);
}

/** Sorted distinct axes; `undefined` means all of them. A scalar's axes 0 and -1 name none. */
export function normalizeAxes(
  op: string,
  axes: number | readonly number[] | undefined,
  rank: number,
): number[] {
  if (axes === undefined) return Array.from({ length: rank }, (_, i) => i);
  const list = typeof axes === 'number' ? [axes] : axes;
  const normal = list.map((axis) => normalizeAxis(op, axis, rank)).sort((a, b) => a - b);
  if (new Set(normal).size !== normal.length) throw new ShapeError(`${op}: axes [${list.join(', ')}] repeat`);
  return rank === 0 ? [] : normal;
}

/** The shape that all `shapes` broadcast to (NumPy's and torch's rule). */
export function broadcastShapes(op: string, ...shapes: readonly Shape[]): number[] {
  const rank = Math.max(0, ...shapes.map((s) => s.length));
  const out = new Array<number>(rank).fill(1);
  for (const shape of shapes) {
    const offset = rank - shape.length;
    for (const [i, extent] of shape.entries()) {
      const axis = offset + i;
      if (extent === out[axis] || extent === 1) continue;
      if (out[axis] !== 1) {
        throw new ShapeError(`${op}: shapes ${shapes.map(formatShape).join(' and ')} do not broadcast`);
      }
      out[axis] = extent;
    }
  }
  return out;
}

/** Strides with which a tensor of `shape` is read at the coordinates of `out`; 0 where it is broadcast. */
export function broadcastStrides(shape: Shape, out: Shape): number[] {
  const strides = stridesOf(shape);
  const offset = out.length - shape.length;
  return out.map((_, axis) => (axis < offset || shape[axis - offset] === 1 ? 0 : strides[axis - offset]!));
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
