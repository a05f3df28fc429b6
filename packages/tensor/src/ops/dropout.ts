import { TensorError } from '../errors.ts';
import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { mul } from './binary.ts';
import { ge } from './compare.ts';
import { rand } from './random.ts';
import { where } from './select.ts';

/**
 * `x` with each element set to 0 with probability `p` in [0, 1), the others divided by 1 - p; draws from the device's
 * generator. Reference: torch.nn.functional.dropout in training.
 * @throws TensorError if `p` is out of range
 */
export function dropout(x: Tensor, p: number): Tensor {
  if (!(p >= 0 && p < 1)) throw new TensorError(`dropout: p must be in [0, 1), got ${p}`);
  return scope(() => where(ge(rand(x.shape, { device: x.device }), p), mul(x, 1 / (1 - p)), 0));
}
