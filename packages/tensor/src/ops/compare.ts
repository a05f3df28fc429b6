import { computeType, isFloat, promote } from '../dtype.ts';
import { pointwise } from '../kernels/pointwise.ts';
import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import type { BinaryOp } from './binary.ts';
import { cast } from './cast.ts';

/** `whether(right)` is the WGSL of the condition on `a` and the other operand. */
function comparison(name: string, whether: (right: string) => string): BinaryOp {
  const spec = (right: string) => ({
    name,
    expression: `select(vec4u(0), vec4u(1), ${whether(right)})`,
  });
  return (a, b) => {
    if (typeof b === 'number') {
      const compare = (x: Tensor) => pointwise(spec('s'), [x], 'bool', [b]);
      return isFloat(a.dtype) || holds(a, b) ? compare(a) : scope(() => compare(cast(a, 'f32')));
    }
    const dtype = promote(a.dtype, b.dtype);
    const fits = (x: Tensor) => computeType(x.dtype) === computeType(dtype);
    if (fits(a) && fits(b)) return pointwise(spec('b'), [a, b], 'bool');
    return scope(() =>
      pointwise(
        spec('b'),
        [a, b].map((x) => (fits(x) ? x : cast(x, dtype))),
        'bool',
      ),
    );
  };
}

/** Whether the integers that `x` is computed in have the number `value`. */
function holds(x: Tensor, value: number): boolean {
  return computeType(x.dtype) === 'i32' ? value === (value | 0) : value === value >>> 0;
}

/** a == b, elementwise, broadcast, as bool. */
export const eq = comparison('eq', (b) => `a == ${b}`);
/** a != b; true of NaN, as `!=` in SPIR-V is not. */
export const ne = comparison('ne', (b) => `!(a == ${b})`);
/** a < b. */
export const lt = comparison('lt', (b) => `a < ${b}`);
/** a <= b. */
export const le = comparison('le', (b) => `a <= ${b}`);
/** a > b. */
export const gt = comparison('gt', (b) => `a > ${b}`);
/** a >= b. */
export const ge = comparison('ge', (b) => `a >= ${b}`);
