import { f16ToF32, f32ToF16Array } from '../float16.ts';
import type { Device } from '../gpu/device.ts';
import { tensor } from '../ops/create.ts';
import { numel, type Shape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';

/** The dtypes in which an edit computes. */
export type FloatDType = 'f32' | 'f16';

/** A tensor on the host, in double. */
export interface HostTensor {
  readonly shape: Shape;
  readonly values: Float64Array;
}

/** The nearest number of `dtype`. */
function rounded(value: number, dtype: FloatDType): number {
  if (dtype === 'f32') return Math.fround(value);
  const bits = new Uint16Array(1);
  f32ToF16Array([value], bits);
  return f16ToF32(bits[0]!);
}

/** Numbers from -1 to 1, the same for the same seed, that `dtype` holds exactly; times `scale`, plus `offset`. */
export function drawn(shape: Shape, dtype: FloatDType, seed: number, scale = 1, offset = 0): HostTensor {
  let state = (seed * 2654435761) >>> 0;
  const values = Float64Array.from({ length: numel(shape) }, () => {
    // A step of Knuth's and Lewis's generator; its low bits are poor.
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return rounded(offset + scale * ((state >>> 8) / 2 ** 23 - 1), dtype);
  });
  return { shape, values };
}

/** A tensor of the device, which `dtype` holds exactly. */
export function upload({ shape, values }: HostTensor, dtype: FloatDType, device: Device): Tensor {
  return tensor(values, { shape, dtype, device });
}

/** A tensor of `shape` whose element i is `at(i)`. */
export function hostTensor(shape: Shape, at: (i: number) => number): HostTensor {
  return { shape, values: Float64Array.from({ length: numel(shape) }, (_, i) => at(i)) };
}
