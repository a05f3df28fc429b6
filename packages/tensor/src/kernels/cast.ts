import { computeType, type DType } from '../dtype.ts';
import type { Tensor } from '../tensor.ts';
import { pointwise } from './pointwise.ts';

function expressionFor(to: DType): string {
  // Not `a != 0`, which is false of NaN in SPIR-V.
  if (to === 'bool') return 'select(vec4u(1), vec4u(0), a == V(0))';
  return `vec4<${computeType(to)}>(a)`;
}

/** `x` with elements of `dtype`, outside the graph; `x` itself where nothing changes. */
export function castTo(x: Tensor, dtype: DType): Tensor {
  if (x.dtype === dtype) return x;
  return pointwise({ name: 'cast', expression: expressionFor(dtype) }, [x], dtype);
}

/** As `castTo`, for an intermediate of the caller's own: `x` is disposed unless it is the result. */
export function replaceAs(x: Tensor, dtype: DType): Tensor {
  const y = castTo(x, dtype);
  if (y !== x) x.dispose();
  return y;
}
