import { add } from '../ops/binary.ts';
import { full } from '../ops/create.ts';
import { rand, randn } from '../ops/random.ts';
import type { Shape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import type { DeviceOption } from './parameter.ts';

/** Uniform numbers in [-bound, bound). */
function uniform(shape: Shape, bound: number, options: DeviceOption): Tensor {
  return add(rand(shape, options).mul(2 * bound), -bound);
}

/** torch's default for Linear and Conv2d, kaiming_uniform with a = sqrt(5): uniform within 1 / sqrt(fanIn). */
export function kaimingUniform(shape: Shape, fanIn: number, options: DeviceOption): Tensor {
  return uniform(shape, 1 / Math.sqrt(fanIn), options);
}

export function normal(shape: Shape, options: DeviceOption): Tensor {
  return randn(shape, options);
}

export function constant(shape: Shape, value: number, options: DeviceOption): Tensor {
  return full(shape, value, options);
}
