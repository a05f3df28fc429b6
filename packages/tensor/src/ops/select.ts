import { isFloat, promote } from '../dtype.ts';
import { DTypeError } from '../errors.ts';
import { record } from '../graph.ts';
import { castTo } from '../kernels/cast.ts';
import { pointwise } from '../kernels/pointwise.ts';
import type { Tensor } from '../tensor.ts';
import { cast } from './cast.ts';
import { full } from './create.ts';
import { sumTo } from './sumTo.ts';

/** `a` where `condition` (bool) holds, else `b`; broadcast. */
export function where(condition: Tensor, a: Tensor | number, b: Tensor | number): Tensor {
  if (condition.dtype !== 'bool')
    throw new DTypeError(`where: the condition must be bool, got ${condition.dtype}`);
  const { device } = condition;
  const reference = typeof a !== 'number' ? a : typeof b !== 'number' ? b : null;
  const asTensor = (x: Tensor | number) =>
    typeof x === 'number' ? full([], x, { device, dtype: reference?.dtype ?? 'f32' }) : x;
  const [left, right] = [asTensor(a), asTensor(b)];
  const dtype = promote(left.dtype, right.dtype);
  const x = cast(left, dtype);
  const y = cast(right, dtype);
  const out = pointwise({ name: 'where', expression: 'select(c, b, a != V(0))' }, [condition, x, y], dtype);
  return record(out, () => ({
    name: 'where',
    inputs: [x, y],
    saved: [condition],
    backward: (gradient, [chosen], needs) => [
      needs[0] ? masked(chosen!, gradient, 'select(B(0), b, a != V(0))', x) : null,
      needs[1] ? masked(chosen!, gradient, 'select(b, B(0), a != V(0))', y) : null,
    ],
  }));
}

function masked(condition: Tensor, gradient: Tensor, expression: string, operand: Tensor): Tensor {
  const spec = { name: 'whereBackward', expression, declarations: 'alias B = vec4f;' };
  return castTo(sumTo(pointwise(spec, [condition, gradient], gradient.dtype), operand.shape), operand.dtype);
}

const INTEGERS = { least: -(2 ** 31), most: 2 ** 31 - 1 };

/** `x` limited to [min, max]; the gradient is 0 outside, as in torch. Leave a bound out with -Infinity or Infinity. */
export function clamp(x: Tensor, min: number, max: number): Tensor {
  const bounds = isFloat(x.dtype)
    ? [min, max]
    : [Math.max(min, INTEGERS.least), Math.min(max, INTEGERS.most)];
  const out = pointwise({ name: 'clamp', expression: 'min(max(a, s), t)' }, [x], x.dtype, bounds);
  return record(out, () => ({
    name: 'clamp',
    inputs: [x],
    saved: [x],
    backward: (gradient, saved) => [
      pointwise(
        { name: 'clampBackward', expression: 'select(V(0), a, (b >= s) & (b <= t))' },
        [gradient, ...saved],
        gradient.dtype,
        bounds,
      ),
    ],
  }));
}
