import type { Operation } from './cases.ts';

/** Host data with its shape, in our layouts: NHWC pictures, [in, out] and [kH, kW, in, out] weights, [L, H, D] heads. */
export interface HostTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array<ArrayBuffer>;
}

/** The same numbers in every process, uniform with variance 1 / `fanIn`, so that results are of order 1. */
function uniform(name: string, shape: readonly number[], fanIn = 1): HostTensor {
  const amplitude = Math.sqrt(3 / fanIn);
  let state = [...name].reduce(
    (hash, letter) => Math.imul(hash ^ letter.charCodeAt(0), 0x01000193),
    0x811c9dc5,
  );
  const values = new Float32Array(shape.reduce((size, extent) => size * extent, 1));
  for (let i = 0; i < values.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0; // Knuth's linear congruential generator
    values[i] = (state / 2 ** 31 - 1) * amplitude;
  }
  return { shape, values };
}

export interface Inputs {
  readonly matmul: { readonly a: HostTensor; readonly b: HostTensor };
  readonly affine: { readonly x: HostTensor; readonly weight: HostTensor; readonly bias: HostTensor };
  readonly attention: { readonly query: HostTensor; readonly key: HostTensor; readonly value: HostTensor };
}

export function matmulInputs({ m, k, n }: Operation & { op: 'matmul' }): Inputs['matmul'] {
  return { a: uniform('a', [m, k]), b: uniform('b', [k, n], k) };
}

export function linearInputs({ rows, inputs, outputs }: Operation & { op: 'linear' }): Inputs['affine'] {
  return {
    x: uniform('x', [rows, inputs]),
    weight: uniform('weight', [inputs, outputs], inputs),
    bias: uniform('bias', [outputs]),
  };
}

export function conv2dInputs(operation: Operation & { op: 'conv2d' }): Inputs['affine'] {
  const { size, inputs, outputs, kernel } = operation;
  return {
    x: uniform('x', [1, size, size, inputs]),
    weight: uniform('weight', [kernel, kernel, inputs, outputs], kernel ** 2 * inputs),
    bias: uniform('bias', [outputs]),
  };
}

export function attentionInputs(operation: Operation & { op: 'attention' }): Inputs['attention'] {
  const { queries, keys, heads, headSize } = operation;
  return {
    query: uniform('query', [1, queries, heads, headSize]),
    key: uniform('key', [1, keys, heads, headSize]),
    value: uniform('value', [1, keys, heads, headSize]),
  };
}

/** Inputs of a normalisation of `shape` with an affine map over its last axis. */
export function normInputs(shape: readonly number[]): Inputs['affine'] {
  const channels = [shape.at(-1)!];
  return { x: uniform('x', shape), weight: uniform('weight', channels), bias: uniform('bias', channels) };
}

export function softmaxInput({ rows, width }: Operation & { op: 'softmax' }): HostTensor {
  return uniform('x', [rows, width]);
}

/** The same values with the axes in another order: axis i of the result is axis `order[i]` of `x`. */
export function transposed(x: HostTensor, order: readonly number[]): HostTensor {
  const shape = order.map((axis) => x.shape[axis]!);
  const strides = x.shape.map((_, axis) =>
    x.shape.slice(axis + 1).reduce((size, extent) => size * extent, 1),
  );
  const steps = order.map((axis) => strides[axis]!);
  const values = new Float32Array(x.values.length);
  const index = shape.map(() => 0);
  for (let i = 0, from = 0; i < values.length; i++) {
    values[i] = x.values[from]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += steps[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      from -= steps[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return { shape, values };
}
