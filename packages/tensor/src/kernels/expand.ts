import type { DType } from '../dtype.ts';
import type { Shape } from '../shape.ts';
import { Tensor } from '../tensor.ts';
import { pointwiseInto } from './pointwise.ts';

/** `scale` times `x` repeated to `shape`, which `x` broadcasts to, as `dtype`. */
export function expandScaled(x: Tensor, shape: Shape, dtype: DType, scale: number): Tensor {
  const out = Tensor.empty(x.device, shape, dtype, 'expand');
  pointwiseInto({ name: 'expand', expression: 'a * s' }, [x], out, [scale]);
  return out;
}
