import { backward } from './graph.ts';
import { argmax, argmin } from './ops/argReduce.ts';
import * as binary from './ops/binary.ts';
import { cast, clone } from './ops/cast.ts';
import * as compare from './ops/compare.ts';
import { cumsum } from './ops/cumsum.ts';
import { expand, repeat } from './ops/expand.ts';
import { flip } from './ops/flip.ts';
import { gather, indexSelect } from './ops/gather.ts';
import { geglu } from './ops/geglu.ts';
import { matmul } from './ops/matmul.ts';
import { norm } from './ops/norm.ts';
import { pad } from './ops/pad.ts';
import { permute, transpose } from './ops/permute.ts';
import { max, mean, min, sum } from './ops/reduce.ts';
import { flatten, reshape, squeeze, unsqueeze } from './ops/reshape.ts';
import { clamp } from './ops/select.ts';
import { narrow, slice, split } from './ops/slice.ts';
import { logSoftmax, softmax } from './ops/softmax.ts';
import * as unary from './ops/unary.ts';
import { std, variance } from './ops/variance.ts';
import { Tensor } from './tensor.ts';

/** Every operation that is also a method: `op(x, ...rest)` is `x.op(...rest)`. */
const methods = {
  ...unary,
  ...binary,
  ...compare,
  matmul,
  sum,
  mean,
  max,
  min,
  norm,
  variance,
  std,
  argmax,
  argmin,
  cumsum,
  softmax,
  logSoftmax,
  cast,
  clone,
  clamp,
  reshape,
  view: reshape,
  flatten,
  squeeze,
  unsqueeze,
  permute,
  transpose,
  slice,
  narrow,
  split,
  pad,
  flip,
  expand,
  repeat,
  gather,
  indexSelect,
  geglu,
  backward,
};

type Method<F> = F extends (x: Tensor, ...rest: infer A) => infer R ? (...rest: A) => R : never;

type TensorMethods = { [K in keyof typeof methods]: Method<(typeof methods)[K]> };

// Declared from here, so that tensor.ts need not know the operations: they all know it.
declare module './tensor.ts' {
  interface Tensor extends TensorMethods {}
}

for (const [name, operation] of Object.entries(methods) as [
  string,
  (x: Tensor, ...rest: never[]) => unknown,
][]) {
  Object.defineProperty(Tensor.prototype, name, {
    value(this: Tensor, ...rest: never[]) {
      return operation(this, ...rest);
    },
  });
}
