import { cast, clone } from '../ops/cast.ts';
import { concat } from '../ops/concat.ts';
import { upsampleNearest } from '../ops/interpolate.ts';
import { permute } from '../ops/permute.ts';
import { narrow } from '../ops/slice.ts';
import { type Check, computes } from './check.ts';
import { drawn, type FloatDType, type HostTensor, hostTensor } from './host.ts';

/** What only moves elements, and so is exact. */
export function layoutChecks(): Check[] {
  return (['f32', 'f16'] as const).flatMap((dtype) =>
    [
      copyCheck(dtype),
      permuteCheck(dtype, [3, 5, 7], [2, 0, 1]),
      permuteCheck(dtype, [2, 12, 8], [0, 2, 1]),
      concatCheck(dtype, 8, 12),
      concatCheck(dtype, 5, 3),
      interpolateCheck(dtype),
      narrowCheck(dtype),
      castCheck(dtype),
    ].map((check) => ({ ...check, tolerance: 0 })),
  );
}

function copyCheck(dtype: FloatDType): Check {
  return computes({
    name: 'copy',
    dtype,
    inputs: [drawn([3, 5, 7], dtype, 1)],
    run: (x) => clone(x!),
    reference: (x) => x!,
  });
}

function permuteCheck(dtype: FloatDType, shape: number[], dims: [number, number, number]): Check {
  return computes({
    name: `permute ${dims.join(' ')}`,
    dtype,
    inputs: [drawn(shape, dtype, 1)],
    run: (x) => permute(x!, dims),
    reference: (x) => permuted(x!, dims),
  });
}

function permuted(x: HostTensor, dims: [number, number, number]): HostTensor {
  const [, b, c] = x.shape as [number, number, number];
  const strides = [b * c, c, 1];
  const shape = dims.map((dim) => x.shape[dim]!) as [number, number, number];
  const [q, r] = [shape[1], shape[2]];
  return hostTensor(shape, (i) => {
    const index = [Math.floor(i / (q * r)), Math.floor(i / r) % q, i % r];
    return x.values[dims.reduce((at, dim, axis) => at + index[axis]! * strides[dim]!, 0)]!;
  });
}

function concatCheck(dtype: FloatDType, left: number, right: number): Check {
  const wide = left + right;
  return computes({
    name: 'concat',
    dtype,
    inputs: [drawn([3, 5, left], dtype, 1), drawn([3, 5, right], dtype, 2)],
    run: (a, b) => concat([a!, b!], -1),
    reference: (a, b) =>
      hostTensor([3, 5, wide], (i) => {
        const [row, column] = [Math.floor(i / wide), i % wide];
        return column < left ? a!.values[row * left + column]! : b!.values[row * right + column - left]!;
      }),
  });
}

function interpolateCheck(dtype: FloatDType): Check {
  const [height, width, channels] = [5, 7, 12];
  return computes({
    name: 'interpolate, twice as large',
    dtype,
    inputs: [drawn([2, height, width, channels], dtype, 1)],
    run: (x) => upsampleNearest(x!, [2 * height, 2 * width]),
    reference: (x) =>
      hostTensor([2, 2 * height, 2 * width, channels], (i) => {
        const pixel = Math.floor(i / channels);
        const column = Math.floor((pixel % (2 * width)) / 2);
        const row = Math.floor((Math.floor(pixel / (2 * width)) % (2 * height)) / 2);
        const image = Math.floor(pixel / (4 * height * width));
        return x!.values[((image * height + row) * width + column) * channels + (i % channels)]!;
      }),
  });
}

function narrowCheck(dtype: FloatDType): Check {
  return computes({
    name: 'slice',
    dtype,
    inputs: [drawn([7, 9], dtype, 1)],
    run: (x) => narrow(x!, 1, 2, 5),
    reference: (x) => hostTensor([7, 5], (i) => x!.values[Math.floor(i / 5) * 9 + 2 + (i % 5)]!),
  });
}

/** There and back: what `dtype` holds, the other holds too, if it is f16. */
function castCheck(dtype: FloatDType): Check {
  const other = dtype === 'f16' ? 'f32' : 'f16';
  const { shape, values } = drawn([3, 5, 7], 'f16', 1, 100);
  return computes({
    name: `cast to ${other} and back`,
    dtype,
    inputs: [{ shape, values }],
    run: (x) => cast(cast(x!, other), dtype),
    reference: (x) => x!,
  });
}
