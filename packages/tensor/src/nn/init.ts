import { add } from '../ops/binary.ts';
import { full } from '../ops/create.ts';
import { rand, randn } from '../ops/random.ts';
import type { Shape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';

/** Uniform numbers in [-bound, bound). */
function uniform(shape: Shape, bound: number): Tensor {
  return add(rand(shape).mul(2 * bound), -bound);
}

/** torch's default for Linear and Conv2d, kaiming_uniform with a = sqrt(5): uniform within 1 / sqrt(fanIn). */
export function kaimingUniform(shape: Shape, fanIn: number): Tensor {
  return uniform(shape, 1 / Math.sqrt(fanIn));
}

export function normal(shape: Shape): Tensor {
  return randn(shape);
}

export function constant(shape: Shape, value: number): Tensor {
  return full(shape, value);
}
