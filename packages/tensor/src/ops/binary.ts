import { type DType, isFloat, promote } from '../dtype.ts';
import { record } from '../graph.ts';
import { nanSource, powSource } from '../kernels/mathSource.ts';
import { type PointwiseSpec, pointwise } from '../kernels/pointwise.ts';
import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { cast } from './cast.ts';
import { gradientOf } from './sumTo.ts';

/** A tensor, or a number that is treated as a scalar tensor of the other operand's dtype. */
export type Operand = Tensor | number;
/** An operation on the elements of two tensors that broadcast, or of a tensor and a number. */
export type BinaryOp = (a: Tensor, b: Operand) => Tensor;

interface BinaryRow {
  readonly forward: string;
  /** WGSL of each operand's gradient, in the result's gradient `a` and the operands `b` and `c`. */
  readonly backward: readonly [first: string, second: string];
  readonly declarations?: string;
  /** WGSL for integers, where `forward` is for floats only. */
  readonly integers?: string;
  /** True for `div`: integers give f32. */
  readonly floats?: boolean;
}

/** The dtype of an operation of `x` with a number: the number's kind counts, not its precision. */
export function scalarDtype(x: Tensor, scalar: number): DType {
  if (isFloat(x.dtype)) return x.dtype;
  if (!Number.isInteger(scalar)) return 'f32';
  return x.dtype === 'bool' || (scalar < 0 && x.dtype !== 'i32') ? 'i32' : x.dtype;
}

/** `compute` on both operands in the dtype that torch would compute in; a number stays a number. */
function promoted(
  a: Tensor,
  b: Operand,
  floats: boolean,
  compute: (a: Tensor, b: Operand) => Tensor,
): Tensor {
  const common = typeof b === 'number' ? scalarDtype(a, b) : promote(a.dtype, b.dtype);
  const dtype = floats && !isFloat(common) ? 'f32' : common;
  // A kernel reads f16 and f32 alike, so only a change of the compute type needs a cast.
  const fits = (x: Operand) =>
    typeof x === 'number' || x.dtype === dtype || (isFloat(dtype) && isFloat(x.dtype));
  if (fits(a) && fits(b)) return compute(a, b);
  const need = (x: Tensor) => (fits(x) ? x : cast(x, dtype));
  return scope(() => compute(need(a), typeof b === 'number' ? b : need(b)));
}

function resultDtype(a: Tensor, b: Operand): DType {
  return typeof b === 'number' ? a.dtype : promote(a.dtype, b.dtype);
}

/** Replaces the operand `b` by the scalar `s`, and what follows it by one letter earlier. */
function withScalar(expression: string): string {
  return expression.replace(/\bb\b/g, 's');
}

function binary(name: string, row: BinaryRow): BinaryOp {
  const { declarations = '', backward } = row;
  const specFor = (x: Tensor): PointwiseSpec => ({
    name,
    expression: isFloat(x.dtype) ? row.forward : (row.integers ?? row.forward),
    declarations,
  });
  const compute: BinaryOp = (a, b) => {
    const spec = specFor(a);
    if (typeof b === 'number') {
      const scalarSpec = { ...spec, expression: withScalar(spec.expression) };
      return scalarResult(name, scalarSpec, backward[0], a, b);
    }
    const y = pointwise(spec, [a, b], resultDtype(a, b));
    return record(y, () => ({
      name,
      inputs: [a, b],
      saved: savedFor(backward, a, b),
      backward: (gradient, saved, needs) =>
        [a, b].map((operand, i) =>
          needs[i]
            ? operandGradient(`${name}Backward`, backward[i]!, declarations, gradient, saved, operand)
            : null,
        ),
    }));
  };
  return (a, b) => promoted(a, b, row.floats ?? false, compute);
}

/** Both operands, or none when the gradients do not read them. */
function savedFor(backward: BinaryRow['backward'], a: Tensor, b: Tensor): Tensor[] {
  return backward.some((expression) => /\b[bc]\b/.test(expression)) ? [a, b] : [];
}

function operandGradient(
  name: string,
  expression: string,
  declarations: string,
  gradient: Tensor,
  saved: readonly Tensor[],
  operand: Tensor,
): Tensor {
  const full =
    expression === 'a'
      ? gradient
      : pointwise({ name, expression, declarations }, [gradient, ...saved], gradient.dtype);
  return gradientOf(full, operand);
}

function scalarResult(
  name: string,
  spec: PointwiseSpec,
  backward: string,
  a: Tensor,
  scalar: number,
): Tensor {
  const y = pointwise(spec, [a], a.dtype, [scalar]);
  // In the gradient `c` is the second operand: here the scalar.
  const expression = backward.replace(/\bc\b/g, 's');
  const { declarations = '' } = spec;
  const usesOperand = /\bb\b/.test(expression);
  return record(y, () => ({
    name,
    inputs: [a],
    saved: usesOperand ? [a] : [],
    backward: (gradient, saved) => [
      pointwise({ name: `${name}Backward`, expression, declarations }, [gradient, ...saved], gradient.dtype, [
        scalar,
      ]),
    ],
  }));
}

/** a + b, broadcast. */
export const add = binary('add', { forward: 'a + b', backward: ['a', 'a'] });
/** a - b, broadcast. */
export const sub = binary('sub', { forward: 'a - b', backward: ['a', '-a'] });
/** a b, elementwise, broadcast. */
export const mul = binary('mul', { forward: 'a * b', backward: ['a * c', 'a * b'] });
/** a / b, broadcast; integers give f32. */
export const div = binary('div', { forward: 'a / b', backward: ['a / c', '-a * b / (c * c)'], floats: true });
/** The larger of each pair, NaN where either is; at a tie both operands get half the gradient, as in torch. */
export const maximum = binary('maximum', {
  forward: 'select(max(a, b), a + b, is_nan(a) | is_nan(b))',
  integers: 'max(a, b)',
  declarations: nanSource,
  backward: [
    'a * (step(c, b) - select(V(0), V(0.5), b == c))',
    'a * (step(b, c) - select(V(0), V(0.5), b == c))',
  ],
});
/** The smaller of each pair, NaN where either is; at a tie both operands get half the gradient, as in torch. */
export const minimum = binary('minimum', {
  forward: 'select(min(a, b), a + b, is_nan(a) | is_nan(b))',
  integers: 'min(a, b)',
  declarations: nanSource,
  backward: [
    'a * (step(b, c) - select(V(0), V(0.5), b == c))',
    'a * (step(c, b) - select(V(0), V(0.5), b == c))',
  ],
});
/**
 * a to the power b, broadcast; integers give f32. Negative bases take integer exponents only (others give NaN). The
 * exponent's gradient is 0 if a is not positive.
 */
export const pow = binary('pow', {
  forward: 'pow_signed(a, b)',
  backward: [
    'select(a * c * pow_signed(b, c - 1.0), V(0), c == V(0))',
    'select(V(0), a * pow_signed(b, c) * log(abs(b)), b > V(0))',
  ],
  declarations: powSource,
  floats: true,
});
