import { ShapeError } from '../errors.ts';
import { record } from '../graph.ts';
import { transposedCopy } from '../kernels/transposedCopy.ts';
import { extentOf, formatShape, normalizeAxis, stridesOf } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { viewAs } from './reshape.ts';

/**
 * `x` with its axes in the order `dims`: axis i of the result is axis dims[i] of `x`. Shares the memory of `x` where
 * only axes of extent 1 move.
 * @throws ShapeError when `dims` does not name every axis once
 */
export function permute(x: Tensor, dims: readonly number[]): Tensor {
  const order = dims.map((axis) => normalizeAxis('permute', axis, x.rank));
  if (order.length !== x.rank || new Set(order).size !== x.rank) {
    throw new ShapeError(
      `permute: [${dims.join(', ')}] does not name every axis of ${formatShape(x.shape)} once`,
    );
  }
  return reorder('permute', x, order);
}

/** `x` with two axes exchanged. */
export function transpose(x: Tensor, dim0: number, dim1: number): Tensor {
  const first = normalizeAxis('transpose', dim0, x.rank);
  const second = normalizeAxis('transpose', dim1, x.rank);
  const order = x.shape.map((_, axis) => (axis === first ? second : axis === second ? first : axis));
  return reorder('transpose', x, order);
}

function reorder(name: string, x: Tensor, order: readonly number[]): Tensor {
  if (keepsOrder(x, order))
    return viewAs(
      name,
      x,
      order.map((axis) => extentOf(x.shape, axis)),
    );
  return record(copyInOrder(name, x, order), () => ({
    name,
    inputs: [x],
    saved: [],
    backward: (gradient) => [copyInOrder(`${name}Backward`, gradient, inverse(order))],
  }));
}

function keepsOrder(x: Tensor, order: readonly number[]): boolean {
  const moving = order.filter((axis) => x.shape[axis] !== 1);
  return x.size === 0 || moving.every((axis, i) => i === 0 || axis > moving[i - 1]!);
}

function copyInOrder(name: string, x: Tensor, order: readonly number[]): Tensor {
  const strides = stridesOf(x.shape);
  const axes = order.map((axis) => ({
    extent: extentOf(x.shape, axis),
    stride: extentOf(strides, axis),
  }));
  return transposedCopy(x, axes, name);
}

function inverse(order: readonly number[]): number[] {
  return order.map((_, axis) => order.indexOf(axis));
}
