import { ShapeError } from '../errors.ts';
import { record } from '../graph.ts';
import { padCopy, sliceCopy } from '../kernels/window.ts';
import { formatShape, normalizeOwnDim, type Shape, sameShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { viewAs } from './reshape.ts';

/**
 * x[start[0]:end[0], start[1]:end[1], ..], with Python's rules: negative bounds count from the end, bounds beyond the
 * dimension (such as Infinity) stop at it, and dimensions without bounds are taken whole. Shares the memory of `x`
 * where nothing is cut off.
 * @throws ShapeError when there are more bounds than dimensions, or one is not an integer
 */
export function slice(x: Tensor, start: readonly number[], end: readonly number[]): Tensor {
  if (start.length !== end.length || start.length > x.rank) {
    throw new ShapeError(
      `slice: start [${start.join(', ')}] and end [${end.join(', ')}] do not fit shape ${formatShape(x.shape)}`,
    );
  }
  const first = x.shape.map((extent, dim) => boundOf(start[dim] ?? 0, extent));
  const last = x.shape.map((extent, dim) => boundOf(end[dim] ?? extent, extent));
  return cut(
    'slice',
    x,
    first,
    last.map((bound, dim) => Math.max(0, bound - first[dim]!)),
  );
}

function boundOf(bound: number, extent: number): number {
  if (!Number.isInteger(bound) && Math.abs(bound) !== Number.POSITIVE_INFINITY) {
    throw new ShapeError(`slice: bound ${bound} is not an integer`);
  }
  return Math.min(extent, Math.max(0, bound < 0 ? bound + extent : bound));
}

/**
 * `length` coordinates of dimension `dim` from `start` on (negative: from the end).
 * @throws ShapeError if they exceed the dimension, or `x` is a scalar
 */
export function narrow(x: Tensor, dim: number, start: number, length: number): Tensor {
  const along = normalizeOwnDim('narrow', dim, x.rank);
  const extent = x.shape[along]!;
  const first = start < 0 ? start + extent : start;
  const valid = Number.isInteger(first) && Number.isInteger(length) && first >= 0 && length >= 0;
  if (!valid || first + length > extent) {
    throw new ShapeError(
      `narrow: ${length} from ${start} exceed dim ${dim} of ${formatShape(x.shape)}, which has ${extent}`,
    );
  }
  return cutAlong('narrow', x, along, first, length);
}

/**
 * `x` cut along `dim` into pieces of `sizes` (which must add up to the dimension), or of one size, where the last piece
 * may be smaller. Reference: torch.split.
 * @throws ShapeError when the sizes do not add up, or `x` is a scalar
 */
export function split(x: Tensor, sizes: number | readonly number[], dim = 0): Tensor[] {
  const along = normalizeOwnDim('split', dim, x.rank);
  const extent = x.shape[along]!;
  const pieces = typeof sizes === 'number' ? equalPieces(sizes, extent) : sizes;
  const total = pieces.reduce((sum, size) => sum + size, 0);
  if (total !== extent || pieces.some((size) => !Number.isInteger(size) || size < 0)) {
    throw new ShapeError(
      `split: sizes [${pieces.join(', ')}] do not add up to dim ${dim} of ${formatShape(x.shape)}`,
    );
  }
  let first = 0;
  return pieces.map((size) => {
    first += size;
    return cutAlong('split', x, along, first - size, size);
  });
}

function equalPieces(size: number, extent: number): number[] {
  if (!Number.isInteger(size) || size < 1) throw new ShapeError(`split: ${size} is not a valid size`);
  const count = Math.max(1, Math.ceil(extent / size));
  return Array.from({ length: count }, (_, i) => Math.min(size, extent - i * size));
}

function cutAlong(name: string, x: Tensor, dim: number, first: number, length: number): Tensor {
  return cut(
    name,
    x,
    x.shape.map((_, i) => (i === dim ? first : 0)),
    x.shape.map((extent, i) => (i === dim ? length : extent)),
  );
}

function cut(name: string, x: Tensor, first: readonly number[], shape: Shape): Tensor {
  if (sameShape(shape, x.shape)) return viewAs(name, x, shape);
  const after = (dim: number) => x.shape[dim]! - first[dim]! - shape[dim]!;
  return record(sliceCopy(name, x, first, shape), () => ({
    name,
    inputs: [x],
    saved: [],
    backward: (gradient) => [
      padCopy(
        `${name}Backward`,
        gradient,
        first.map((before, dim) => [before, after(dim)]),
        0,
      ),
    ],
  }));
}
