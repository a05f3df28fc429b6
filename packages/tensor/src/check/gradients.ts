import { grad, requireGrad } from '../graph.ts';
import { scaledDotProductAttention } from '../ops/attention.ts';
import { conv2d } from '../ops/conv2d.ts';
import { groupNormSilu } from '../ops/groupNorm.ts';
import { linear } from '../ops/linear.ts';
import type { Tensor } from '../tensor.ts';
import { type Check, computes } from './check.ts';
import { drawn, type FloatDType, type HostTensor } from './host.ts';
import { attentionOf } from './references/attention.ts';
import { gradientsOf } from './references/gradients.ts';
import { groupNormOf } from './references/norms.ts';
import { mapOf, silu } from './references/pointwise.ts';
import { convOf, linearOf } from './references/products.ts';

/** A pass forward and backward on the device, and how the pass forward is computed in double. */
interface Pass {
  readonly name: string;
  readonly dtype: FloatDType;
  readonly inputs: readonly HostTensor[];
  /** What the gradient of the result is taken to be. */
  readonly upstream: HostTensor;
  readonly forward: (...inputs: Tensor[]) => Tensor;
  readonly reference: (...inputs: HostTensor[]) => HostTensor;
}

/** The gradients of every operand. */
export function gradientChecks(): Check[] {
  return [linearPass('f16'), convPass('f32'), attentionPass('f32'), groupNormPass('f32')].map(gradientCheck);
}

function gradientCheck({ inputs, upstream, forward, reference, ...own }: Pass): Check {
  return computes({
    ...own,
    name: `gradients of ${own.name}`,
    // A gradient passes through several kernels.
    tolerance: own.dtype === 'f32' ? 5e-5 : 5e-3,
    inputs: [...inputs, upstream],
    run: (...all) => {
      const operands = all.slice(0, -1).map((operand) => requireGrad(operand));
      return grad(forward(...operands), operands, { gradient: all.at(-1)! });
    },
    reference: (...all) => gradientsOf(reference, all.slice(0, -1), all.at(-1)!),
  });
}

function linearPass(dtype: FloatDType): Pass {
  return {
    name: 'linear',
    dtype,
    inputs: [drawn([7, 4], dtype, 1), drawn([4, 6], dtype, 2), drawn([6], dtype, 3)],
    upstream: drawn([7, 6], dtype, 4),
    forward: (x, weight, bias) => linear(x!, weight!, bias),
    reference: (x, weight, bias) => linearOf(x!, weight!, bias!),
  };
}

function convPass(dtype: FloatDType): Pass {
  const options = { stride: 1, padding: 1 };
  return {
    name: 'conv2d 3 x 3',
    dtype,
    inputs: [drawn([2, 5, 6, 4], dtype, 1), drawn([3, 3, 4, 8], dtype, 2), drawn([8], dtype, 3)],
    upstream: drawn([2, 5, 6, 8], dtype, 4),
    forward: (x, weight, bias) => conv2d(x!, weight!, bias, options),
    reference: (x, weight, bias) => convOf(x!, weight!, bias!, options),
  };
}

function attentionPass(dtype: FloatDType): Pass {
  return {
    name: 'attention',
    dtype,
    inputs: [
      drawn([1, 11, 2, 8], dtype, 1, 2),
      drawn([1, 13, 2, 8], dtype, 2, 2),
      drawn([1, 13, 2, 8], dtype, 3),
    ],
    upstream: drawn([1, 11, 2, 8], dtype, 4),
    forward: (query, key, value) => scaledDotProductAttention(query!, key!, value!),
    reference: (query, key, value) => attentionOf(query!, key!, value!),
  };
}

function groupNormPass(dtype: FloatDType): Pass {
  return {
    name: 'groupNormSilu',
    dtype,
    inputs: [drawn([2, 5, 3, 12], dtype, 1, 1, 1), drawn([12], dtype, 2), drawn([12], dtype, 3)],
    upstream: drawn([2, 5, 3, 12], dtype, 4),
    forward: (x, weight, bias) => groupNormSilu(x!, 4, weight, bias),
    reference: (x, weight, bias) => mapOf(groupNormOf(x!, 4, weight!, bias!), silu),
  };
}
