import type { Shape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { axesOf, stridedCopy } from './stridedCopy.ts';

/** Coordinates added before and after each axis, outermost first. */
export type Padding = readonly (readonly [before: number, after: number])[];

/** The part of `x` of `shape` whose first element is at the coordinates `first`. */
export function sliceCopy(name: string, x: Tensor, first: readonly number[], shape: Shape): Tensor {
  const source = axesOf(x.shape);
  const offset = source.reduce((sum, { stride }, axis) => sum + (first[axis] ?? 0) * stride, 0);
  const axes = source.map(({ extent, stride }, axis) => ({ extent: shape[axis] ?? extent, stride }));
  return stridedCopy(x, axes, { name, offset });
}

/** `x` with `padding` around it that holds `value`: the gradient of `sliceCopy`, when `value` is 0. */
export function padCopy(name: string, x: Tensor, padding: Padding, value: number): Tensor {
  const axes = axesOf(x.shape).map(({ extent, stride }, i) => {
    const [before, after] = padding[i] ?? [0, 0];
    return { extent: before + extent + after, stride, before, size: extent };
  });
  return stridedCopy(x, axes, { name, fill: value });
}
