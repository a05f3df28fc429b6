import { type Shape, stridesOf } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { axesOf, stridedCopy } from './stridedCopy.ts';

/** Coordinates added before and after each axis, outermost first. */
export type Padding = readonly (readonly [before: number, after: number])[];

/** The part of `x` of `shape` whose first element is at the coordinates `first`. */
export function sliceCopy(name: string, x: Tensor, first: readonly number[], shape: Shape): Tensor {
  const strides = stridesOf(x.shape);
  const offset = first.reduce((sum, coordinate, axis) => sum + coordinate * strides[axis]!, 0);
  const axes = shape.map((extent, axis) => ({ extent, stride: strides[axis]! }));
  return stridedCopy(x, axes, { name, offset });
}

/** `x` with `padding` around it that holds `value`: the gradient of `sliceCopy`, when `value` is 0. */
export function padCopy(name: string, x: Tensor, padding: Padding, value: number): Tensor {
  const axes = axesOf(x.shape).map(({ extent, stride }, i) => {
    const [before, after] = padding[i]!;
    return { extent: before + extent + after, stride, before, size: extent };
  });
  return stridedCopy(x, axes, { name, fill: value });
}
