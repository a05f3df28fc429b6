import { ShapeError } from '../errors.ts';
import { record } from '../graph.ts';
import { formatShape, inferShape, normalizeDim, normalizeDims, numel, type Shape } from '../shape.ts';
import { type Tensor, viewOf } from '../tensor.ts';

/**
 * `x` with another shape of the same number of elements, on the same memory. One extent may be -1: it is inferred.
 * @throws ShapeError when the counts differ
 */
export function reshape(x: Tensor, shape: Shape): Tensor {
  return viewAs('reshape', x, inferShape('reshape', x.shape, shape));
}

/** Dimensions `startDim` to `endDim` (both included; default all) as one, on the same memory. A scalar becomes [1]. */
export function flatten(x: Tensor, startDim = 0, endDim = -1): Tensor {
  if (x.rank === 0) return viewAs('flatten', x, [1]);
  const first = normalizeDim('flatten', startDim, x.rank);
  const last = normalizeDim('flatten', endDim, x.rank);
  if (first > last) throw new ShapeError(`flatten: startDim ${startDim} comes after endDim ${endDim}`);
  const flat = numel(x.shape.slice(first, last + 1));
  return viewAs('flatten', x, [...x.shape.slice(0, first), flat, ...x.shape.slice(last + 1)]);
}

/**
 * `x` without the dimensions `dims` where their extent is 1 (others stay, as in torch); default: every such dimension.
 */
export function squeeze(x: Tensor, dims?: number | readonly number[]): Tensor {
  const removed = new Set(normalizeDims('squeeze', dims, x.rank));
  return viewAs(
    'squeeze',
    x,
    x.shape.filter((extent, dim) => extent !== 1 || !removed.has(dim)),
  );
}

/** `x` with a new dimension of extent 1 at `dim` of the result, on the same memory. */
export function unsqueeze(x: Tensor, dim: number): Tensor {
  const along = normalizeDim('unsqueeze', dim, x.rank + 1);
  return viewAs('unsqueeze', x, x.shape.toSpliced(along, 0, 1));
}

/** @internal `x` with `shape`, of as many elements, on the same memory: what an operation that moves nothing gives. */
export function viewAs(name: string, x: Tensor, shape: Shape): Tensor {
  if (numel(shape) !== x.size) {
    throw new ShapeError(`${name}: cannot view ${formatShape(x.shape)} as ${formatShape(shape)}`);
  }
  return record(viewOf(x, shape), () => ({
    name,
    inputs: [x],
    saved: [],
    backward: (gradient) => [viewOf(gradient, x.shape)],
  }));
}
