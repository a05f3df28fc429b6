import { computeType, isFloat, promote } from '../dtype.ts';
import { DTypeError } from '../errors.ts';
import type { Device } from '../gpu/device.ts';
import { record } from '../graph.ts';
import { castTo } from '../kernels/cast.ts';
import { nanSource } from '../kernels/mathSource.ts';
import { pointwise } from '../kernels/pointwise.ts';
import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { type Operand, scalarDtype } from './binary.ts';
import { cast } from './cast.ts';
import { gt, lt } from './compare.ts';
import { full } from './create.ts';
import { sumTo } from './sumTo.ts';

/**
 * `a` where `condition` (bool) holds, else `b`; broadcast. A number takes part as in arithmetic: f32 beside integers
 * when it is not an integer. @throws DTypeError when `condition` is not bool; ShapeError
 */
export function where(condition: Tensor, a: Operand, b: Operand): Tensor {
  if (condition.dtype !== 'bool')
    throw new DTypeError(`where: the condition must be bool, got ${condition.dtype}`);
  return scope(() => {
    const left = asTensor(a, b, condition.device);
    const right = asTensor(b, a, condition.device);
    const dtype = promote(left.dtype, right.dtype);
    return select(condition, cast(left, dtype), cast(right, dtype));
  });
}

function asTensor(x: Operand, other: Operand, device: Device): Tensor {
  if (typeof x !== 'number') return x;
  return full([], x, { device, dtype: typeof other === 'number' ? 'f32' : scalarDtype(other, x) });
}

/** `where` of operands of one dtype. */
function select(condition: Tensor, x: Tensor, y: Tensor): Tensor {
  const { dtype } = x;
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

/** The numbers of the integers that kernels compute in. */
const RANGES = { i32: [-(2 ** 31), 2 ** 31 - 1], u32: [0, 2 ** 32 - 1] } as const;

/**
 * `x` limited to [min, max], to max where min is larger; NaN stays. The gradient is 0 outside, as in torch, and goes to
 * the bound where that is a tensor, which broadcasts. Leave a bound out with -Infinity or Infinity. Integers with a
 * bound that is none give f32.
 * @throws ShapeError when a bound does not broadcast
 */
export function clamp(x: Tensor, min: Operand, max: Operand): Tensor {
  if (typeof min === 'number' && typeof max === 'number') return clampToNumbers(x, min, max);
  return scope(() => {
    const raised = min === Number.NEGATIVE_INFINITY ? x : where(lt(x, min), min, x);
    return max === Number.POSITIVE_INFINITY ? raised : where(gt(raised, max), max, raised);
  });
}

function clampToNumbers(x: Tensor, min: number, max: number): Tensor {
  if (isFloat(x.dtype)) return clampFloats(x, min, max);
  const fractional = [min, max].some((bound) => Number.isFinite(bound) && !Number.isInteger(bound));
  if (fractional) return scope(() => clampFloats(cast(x, 'f32'), min, max));
  const [least, most] = RANGES[computeType(x.dtype) === 'i32' ? 'i32' : 'u32'];
  const bounds = [min, max].map((bound) => Math.min(Math.max(bound, least), most));
  return pointwise({ name: 'clamp', expression: 'min(max(a, s), t)' }, [x], x.dtype, bounds);
}

function clampFloats(x: Tensor, min: number, max: number): Tensor {
  const bounds = [min, max];
  const expression = 'select(min(max(a, s), t), a, is_nan(a))';
  const out = pointwise({ name: 'clamp', expression, declarations: nanSource }, [x], x.dtype, bounds);
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
