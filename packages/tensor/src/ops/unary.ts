import { computeType, isFloat } from '../dtype.ts';
import { record } from '../graph.ts';
import { normalCdfSource, sineSource, tanhSource } from '../kernels/mathSource.ts';
import { type PointwiseSpec, pointwise } from '../kernels/pointwise.ts';
import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { cast } from './cast.ts';

/** An operation on each element of a tensor. */
export type UnaryOp = (x: Tensor) => Tensor;

interface UnaryRow {
  /** WGSL of the value in `a`. */
  readonly forward: string;
  /** WGSL of the operand's gradient in the result's gradient `a`, the operand `b` and the result `c`. */
  readonly backward: string;
  readonly declarations?: string;
  /** Whether integers stay integers; otherwise they become f32 first, as in torch. */
  readonly keepsIntegers?: boolean;
  /** WGSL of the value for unsigned integers, where `forward` has none. */
  readonly unsigned?: string;
}

/** The rows saved as operand and result for backward: whichever its expression names. */
function unary(name: string, row: UnaryRow): UnaryOp {
  const { declarations = '' } = row;
  const forward: PointwiseSpec = { name, expression: row.forward, declarations };
  const usesInput = /\bb\b/.test(row.backward);
  const usesOutput = /\bc\b/.test(row.backward);
  // Operands are named by position, so a rule that wants only the result reads it as `b`.
  const expression = usesInput ? row.backward : row.backward.replace(/\bc\b/g, 'b');
  const backward: PointwiseSpec = { name: `${name}Backward`, expression, declarations };
  const forUnsigned: PointwiseSpec = { ...forward, expression: row.unsigned ?? row.forward };
  const compute = (x: Tensor) => {
    const y = pointwise(computeType(x.dtype) === 'u32' ? forUnsigned : forward, [x], x.dtype);
    return record(y, () => ({
      name,
      inputs: [x],
      saved: [...(usesInput ? [x] : []), ...(usesOutput ? [y] : [])],
      backward: (gradient, saved) => [pointwise(backward, [gradient, ...saved], gradient.dtype)],
    }));
  };
  return (x) => (row.keepsIntegers || isFloat(x.dtype) ? compute(x) : scope(() => compute(cast(x, 'f32'))));
}

/** |x|. */
export const abs = unary('abs', { forward: 'abs(a)', backward: 'a * sign(b)', keepsIntegers: true });
/** -x; unsigned integers wrap. */
export const neg = unary('neg', {
  forward: '-a',
  backward: '-a',
  keepsIntegers: true,
  unsigned: '~a + V(1)',
});
/** -1, 0 or 1; its gradient is 0. */
export const sign = unary('sign', {
  forward: 'sign(a)',
  backward: 'V(0)',
  keepsIntegers: true,
  unsigned: 'min(a, V(1))',
});
/** e to the power of x. */
export const exp = unary('exp', { forward: 'exp(a)', backward: 'a * c' });
/** Natural logarithm. */
export const log = unary('log', { forward: 'log(a)', backward: 'a / b' });
/** The square root; NaN below 0. */
export const sqrt = unary('sqrt', { forward: 'sqrt(a)', backward: '0.5 * a / c' });
/** 1 / sqrt(x). */
export const rsqrt = unary('rsqrt', { forward: 'inverseSqrt(a)', backward: '-0.5 * a * c * c * c' });
/** The sine of x in radians. */
export const sin = unary('sin', {
  forward: 'sine(a, 0)',
  backward: 'a * sine(b, 1)',
  declarations: sineSource,
});
/** The cosine of x in radians. */
export const cos = unary('cos', {
  forward: 'sine(a, 1)',
  backward: '-a * sine(b, 0)',
  declarations: sineSource,
});
/** The hyperbolic tangent. */
export const tanh = unary('tanh', {
  forward: 'tanh_safe(a)',
  backward: 'a * (1.0 - c * c)',
  declarations: tanhSource,
});
/** 1 / (1 + exp(-x)). */
export const sigmoid = unary('sigmoid', { forward: '1.0 / (1.0 + exp(-a))', backward: 'a * c * (1.0 - c)' });
/** max(x, 0). */
export const relu = unary('relu', {
  forward: 'select(a, V(0), a < V(0))',
  backward: 'select(V(0), a, b > V(0))',
  keepsIntegers: true,
});
/** x sigmoid(x); torch.nn.functional.silu. */
export const silu = unary('silu', {
  forward: 'a / (1.0 + exp(-a))',
  backward: 'a * silu_slope(b)',
  declarations: `fn silu_slope(x: vec4f) -> vec4f {
  let s = 1.0 / (1.0 + exp(-x));
  return s * (1.0 + x * (1.0 - s));
}`,
});
/** x Phi(x), by erf; torch.nn.functional.gelu. */
export const gelu = unary('gelu', {
  forward: 'a * normal_cdf(a)',
  backward: 'a * (normal_cdf(b) + b * exp(-0.5 * b * b) * 0.3989422804014327)',
  declarations: normalCdfSource,
});
/** The tanh approximation of gelu; torch's `approximate='tanh'`. */
export const geluTanh = unary('geluTanh', {
  forward: '0.5 * a * (1.0 + tanh_safe(gelu_inner(a)))',
  backward: 'a * gelu_tanh_slope(b)',
  declarations: `${tanhSource}
fn gelu_inner(x: vec4f) -> vec4f {
  return 0.7978845608028654 * (x + 0.044715 * x * x * x);
}
fn gelu_tanh_slope(x: vec4f) -> vec4f {
  let t = tanh_safe(gelu_inner(x));
  let inner_slope = 0.7978845608028654 * (1.0 + 0.134145 * x * x);
  return 0.5 * (1.0 + t) + 0.5 * x * (1.0 - t * t) * inner_slope;
}`,
});
/** x sigmoid(1.702 x), as CLIP uses it. */
export const quickGelu = unary('quickGelu', {
  forward: 'a / (1.0 + exp(-1.702 * a))',
  backward: 'a * quick_gelu_slope(b)',
  declarations: `fn quick_gelu_slope(x: vec4f) -> vec4f {
  let s = 1.0 / (1.0 + exp(-1.702 * x));
  return s * (1.0 + 1.702 * x * (1.0 - s));
}`,
});
