import { computeType, promote } from '../dtype.ts';
import { pointwise } from '../kernels/pointwise.ts';
import type { Tensor } from '../tensor.ts';
import type { Operand } from './binary.ts';
import { cast } from './cast.ts';

type Comparison = (a: Tensor, b: Operand) => Tensor;

function comparison(name: string, operator: string): Comparison {
  const expression = (right: string) => `select(vec4u(0), vec4u(1), a ${operator} ${right})`;
  return (a, b) => {
    if (typeof b === 'number') {
      const x = Number.isInteger(b) ? a : cast(a, 'f32');
      return pointwise({ name, expression: expression('s') }, [x], 'bool', [b]);
    }
    const dtype = promote(a.dtype, b.dtype);
    const [x, y] = [a, b].map((t) => (computeType(t.dtype) === computeType(dtype) ? t : cast(t, dtype)));
    return pointwise({ name, expression: expression('b') }, [x!, y!], 'bool');
  };
}

/** a == b, elementwise, broadcast, as bool. */
export const eq = comparison('eq', '==');
/** a != b. */
export const ne = comparison('ne', '!=');
/** a < b. */
export const lt = comparison('lt', '<');
/** a <= b. */
export const le = comparison('le', '<=');
/** a > b. */
export const gt = comparison('gt', '>');
/** a >= b. */
export const ge = comparison('ge', '>=');
