import { ShapeError } from '../errors.ts';
import { record } from '../graph.ts';
import { transposedCopy } from '../kernels/transposedCopy.ts';
import { extentOf, formatShape, normalizeDim, stridesOf } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { viewAs } from './reshape.ts';

/**
 * `x` with its dimensions in the order `dims`: dimension i of the result is dimension dims[i] of `x`. Shares the memory
 * of `x` where only dimensions of extent 1 move.
 * @throws ShapeError when `dims` does not name every dimension once
 */
export function permute(x: Tensor, dims: readonly number[]): Tensor {
  const order = dims.map((dim) => normalizeDim('permute', dim, x.rank));
  if (order.length !== x.rank || new Set(order).size !== x.rank) {
    throw new ShapeError(
      `permute: [${dims.join(', ')}] does not name every dimension of ${formatShape(x.shape)} once`,
    );
  }
  return reorder('permute', x, order);
}

/** `x` with two dimensions exchanged. */
export function transpose(x: Tensor, dim0: number, dim1: number): Tensor {
  const first = normalizeDim('transpose', dim0, x.rank);
  const second = normalizeDim('transpose', dim1, x.rank);
  const order = x.shape.map((_, dim) => (dim === first ? second : dim === second ? first : dim));
  return reorder('transpose', x, order);
}

function reorder(name: string, x: Tensor, order: readonly number[]): Tensor {
  if (keepsOrder(x, order))
    return viewAs(
      name,
      x,
      order.map((dim) => extentOf(x.shape, dim)),
    );
  return record(copyInOrder(name, x, order), () => ({
    name,
    inputs: [x],
    saved: [],
    backward: (gradient) => [copyInOrder(`${name}Backward`, gradient, inverse(order))],
  }));
}

function keepsOrder(x: Tensor, order: readonly number[]): boolean {
  const moving = order.filter((dim) => x.shape[dim] !== 1);
  return x.size === 0 || moving.every((dim, i) => i === 0 || dim > moving[i - 1]!);
}

function copyInOrder(name: string, x: Tensor, order: readonly number[]): Tensor {
  const strides = stridesOf(x.shape);
  const dims = order.map((dim) => ({
    extent: extentOf(x.shape, dim),
    stride: extentOf(strides, dim),
  }));
  return transposedCopy(x, dims, name);
}

function inverse(order: readonly number[]): number[] {
  return order.map((_, dim) => order.indexOf(dim));
}
