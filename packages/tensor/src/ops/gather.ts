import { DTypeError, ShapeError } from '../errors.ts';
import { record } from '../graph.ts';
import { type TakeShape, take, takeBackward } from '../kernels/take.ts';
import { MAX_RANK } from '../kernels/wgsl.ts';
import { formatShape, normalizeDim, numel, type Shape, stridesOf } from '../shape.ts';
import type { Tensor } from '../tensor.ts';

// An index is not read back, so one outside its dimension cannot throw: it gives NaN (0 for integers) and no gradient.

/**
 * y[i][j][k] = x[i][index[i][j][k]][k] for dim 1, and so on: one element of `x` for every element of `index` (i32 or
 * u32), along dimension `dim`. An index outside the dimension gives NaN, or 0 for integers. A scalar counts as a vector
 * of one. Reference: torch.gather.
 * @throws ShapeError when `index` has another rank, or is larger than `x` in another dimension, or there are more than
 *   8 dimensions; DTypeError
 */
export function gather(x: Tensor, dim: number, index: Tensor): Tensor {
  requireIndex('gather', index);
  const along = normalizeDim('gather', dim, x.rank);
  const [source, result] = [asVector(x.shape), asVector(index.shape)];
  const fits = result.every((extent, i) => i === along || extent <= (source[i] ?? 0));
  if (x.rank > MAX_RANK)
    throw new ShapeError(`gather: at most ${MAX_RANK} dimensions, got ${formatShape(x.shape)}`);
  if (result.length !== source.length || !fits) {
    throw new ShapeError(
      `gather: index ${formatShape(index.shape)} does not fit x ${formatShape(x.shape)} outside dim ${dim}`,
    );
  }
  return taken(
    'gather',
    x,
    index,
    { source, dim: along, result, indexStrides: stridesOf(result) },
    index.shape,
  );
}

/**
 * The coordinates `index` [K] (i32 or u32) of dimension `dim` of `x`, in that order. An index outside the dimension
 * gives NaN, or 0 for integers. Reference: torch.index_select.
 * @throws ShapeError when `index` is not a vector, or has not one index for a scalar; DTypeError
 */
export function indexSelect(x: Tensor, dim: number, index: Tensor): Tensor {
  requireIndex('indexSelect', index);
  const along = normalizeDim('indexSelect', dim, x.rank);
  if (index.rank !== 1)
    throw new ShapeError(`indexSelect: index must be a vector, got ${formatShape(index.shape)}`);
  if (x.rank === 0 && index.size !== 1)
    throw new ShapeError(`indexSelect: a scalar takes one index, got ${index.size}`);
  const shape = x.rank === 0 ? [] : x.shape.with(along, index.size);
  return taken('indexSelect', x, index, rowsOf(x, along, index), shape);
}

/**
 * Rows of `weight` [V, C] by `ids` [..] (i32 or u32): [.., C]. An id outside the table gives a row of NaN.
 * Reference: torch.nn.functional.embedding.
 * @throws ShapeError when `weight` is not a matrix; DTypeError
 */
export function embedding(weight: Tensor, ids: Tensor): Tensor {
  requireIndex('embedding', ids);
  if (weight.rank !== 2)
    throw new ShapeError(`embedding: weight must be [V, C], got ${formatShape(weight.shape)}`);
  return taken('embedding', weight, ids, rowsOf(weight, 0, ids), [...ids.shape, weight.shape[1]!]);
}

/** The shape of a vector of one for a scalar. */
function asVector(shape: Shape): Shape {
  return shape.length === 0 ? [1] : shape;
}

function requireIndex(op: string, index: Tensor): void {
  if (index.dtype === 'i32' || index.dtype === 'u32') return;
  throw new DTypeError(`${op}: an index must be i32 or u32, got ${index.dtype}; cast it first`);
}

/** `x` seen as [outer, dimension, inner], so that a whole row is read by one index. */
function rowsOf(x: Tensor, dim: number, index: Tensor): TakeShape {
  const outer = numel(x.shape.slice(0, dim));
  const inner = numel(x.shape.slice(dim + 1));
  return {
    source: [outer, asVector(x.shape)[dim]!, inner],
    dim: 1,
    result: [outer, index.size, inner],
    indexStrides: [0, 1, 0],
  };
}

function taken(name: string, x: Tensor, index: Tensor, rows: TakeShape, shape: Shape = rows.result): Tensor {
  const y = take(name, x, index, rows);
  const result = y.view(shape);
  y.dispose();
  return record(result, () => ({
    name,
    inputs: [x],
    saved: [index],
    backward: (gradient, [saved]) => [takeBackward(`${name}Backward`, gradient, saved!, rows).view(x.shape)],
  }));
}
