import { type HostTensor, transposed } from '../src/data.ts';

/** Turns a library's result into our layout. */
export type Layout = (result: Float32Array<ArrayBuffer>) => Float32Array;

/** [N, H, W, C] -> [N, C, H, W] */
export function toNchw(image: HostTensor): HostTensor {
  return transposed(image, [0, 3, 1, 2]);
}

/** [kH, kW, in, out] -> [out, in, kH, kW] */
export function toOihw(weight: HostTensor): HostTensor {
  return transposed(weight, [3, 2, 0, 1]);
}

/** For results of shape [1, channels, size, size]. */
export function fromNchw(channels: number, size: number): Layout {
  return (values) => transposed({ shape: [1, channels, size, size], values }, [0, 2, 3, 1]).values;
}
