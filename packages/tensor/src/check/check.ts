import type { Device } from '../gpu/device.ts';
import type { TuningOverride } from '../gpu/tuning.ts';
import { scope } from '../scope.ts';
import { formatShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { type FloatDType, type HostTensor, upload } from './host.ts';

/** What a kernel gave, and what it should have given. */
export interface Measured {
  readonly got: ArrayLike<number>;
  readonly wanted: ArrayLike<number>;
}

/** One computation by a kind of kernel. */
export interface Check {
  readonly name: string;
  /** Which variant of the kernel; '' where there is but one. */
  readonly variant: string;
  readonly sizes: string;
  readonly dtype: string;
  /** Largest error allowed, relative to the largest magnitude that is wanted. */
  readonly tolerance: number;
  measure(device: Device): Promise<Measured[]>;
}

/** Rounding to the dtype of the result, and what WGSL leaves to functions such as exp. */
const TOLERANCE: Readonly<Record<FloatDType, number>> = { f32: 2e-5, f16: 2e-3 };

/** An operation on the device and the same on the host. */
export interface Computation {
  readonly name: string;
  readonly dtype: FloatDType;
  readonly variant?: string;
  readonly tuning?: TuningOverride;
  readonly tolerance?: number;
  readonly inputs: readonly HostTensor[];
  /** On the device. */
  run(...inputs: Tensor[]): Tensor | readonly Tensor[];
  /** The same in double. */
  reference(...inputs: HostTensor[]): HostTensor | readonly HostTensor[];
}

/** A check that `run` gives what `reference` gives. */
export function computes(computation: Computation): Check {
  const { name, dtype, variant = '', tuning = {}, tolerance = TOLERANCE[dtype], inputs } = computation;
  return {
    name,
    variant,
    dtype,
    tolerance,
    sizes: inputs.map(({ shape }) => formatShape(shape)).join(' '),
    measure: async (device) => {
      using _ = device.tuning.override(tuning);
      const results = scope(() =>
        several(computation.run(...inputs.map((input) => upload(input, dtype, device)))),
      );
      const wanted = several(computation.reference(...inputs));
      const got = await readAll(results);
      return wanted.map(({ values }, i) => ({ got: got[i]!, wanted: values }));
    },
  };
}

function several<T>(value: T | readonly T[]): readonly T[] {
  return Array.isArray(value) ? (value as readonly T[]) : [value as T];
}

/** The data of tensors, which are disposed. */
export async function readAll(tensors: readonly Tensor[]): Promise<ArrayLike<number>[]> {
  try {
    return await Promise.all(tensors.map((tensor) => tensor.data()));
  } finally {
    for (const tensor of tensors) tensor.dispose();
  }
}
