import { pointwise } from '../kernels/pointwise.ts';
import { reduceMiddle, SUM_SQUARES } from '../kernels/reduce.ts';
import { zeros } from '../ops/create.ts';
import { scope } from '../scope.ts';
import { reshaped, type Tensor } from '../tensor.ts';
import { type Learnable, tensorOf } from './learnable.ts';

/**
 * Scales all gradients together so that their joint 2-norm is at most `maxNorm`, and returns the norm they had, a
 * scalar f32 (0 if there is none). Nothing is read back. torch.nn.utils.clip_grad_norm_.
 */
export function clipGradNorm(parameters: readonly Learnable[], maxNorm: number): Tensor {
  const tensors = parameters.map(tensorOf);
  const learnt = tensors.flatMap((tensor) => {
    const gradient = tensor.grad;
    return gradient ? [{ tensor, gradient }] : [];
  });
  if (learnt.length === 0) return zeros([], tensors[0] ? { device: tensors[0].device } : {});
  const norm = scope(() => joinedNorm(learnt.map(({ gradient }) => gradient)));
  for (const { tensor, gradient } of learnt) {
    tensor.grad = scope(() => scaled(gradient, norm, maxNorm).alias());
    gradient.dispose();
  }
  return norm;
}

function joinedNorm(gradients: readonly Tensor[]): Tensor {
  const squares = gradients.map((g) =>
    reshaped(reduceMiddle(g, SUM_SQUARES, { outer: 1, length: g.size, inner: 1 }), []),
  );
  const sum = squares.reduce((a, b) =>
    pointwise({ name: 'clipGradNorm', expression: 'a + b' }, [a, b], 'f32'),
  );
  return pointwise({ name: 'clipGradNorm', expression: 'sqrt(a)' }, [sum], 'f32');
}

function scaled(gradient: Tensor, norm: Tensor, maxNorm: number): Tensor {
  const expression = 'a * min(V(1.0), s / (b + 1e-6))';
  return pointwise({ name: 'clipGradNorm', expression }, [gradient, norm], gradient.dtype, [maxNorm]);
}
