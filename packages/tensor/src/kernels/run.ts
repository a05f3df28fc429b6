import { ShapeError, TensorError } from '../errors.ts';
import type { Workgroups } from '../gpu/commands.ts';
import type { Tensor } from '../tensor.ts';
import { type Params, type ParamValues, packParams, type WgslKernel } from './wgsl.ts';

/** How many workgroups are launched. */
export interface LaunchOptions {
  /** A count is folded into two dimensions; the kernel finds its number in `group_index` and checks the bound. */
  readonly workgroups: number | Workgroups;
  /** Floating-point operations, for the profile. */
  readonly flops?: number;
}

/** How to launch a kernel; `params` has a value for each that the kernel declares. */
export type RunOptions<P extends Params = Params> = LaunchOptions &
  (keyof P extends never ? { readonly params?: ParamValues<P> } : { readonly params: ParamValues<P> });

const MAX_PER_DIMENSION = 65535;

function fold(count: number): Workgroups {
  if (count <= MAX_PER_DIMENSION) return [count, 1, 1];
  const rows = Math.ceil(count / MAX_PER_DIMENSION);
  return [Math.ceil(count / rows), rows, 1];
}

/**
 * Launches `kernel` on `tensors`, given in the order of its bindings.
 * @throws TensorError when they live on several devices; ShapeError for more workgroups than a dimension has
 */
export function run<P extends Params>(
  kernel: WgslKernel<P>,
  tensors: readonly Tensor[],
  options: RunOptions<P>,
): void {
  const device = tensors[0]?.device;
  if (!device || tensors.length !== kernel.access.length)
    throw new TensorError(
      `${kernel.name}: launched on ${tensors.length} tensors, has ${kernel.access.length} bindings`,
    );
  if (tensors.some((tensor) => tensor.device !== device))
    throw new TensorError(`${kernel.name}: the operands live on different devices`);
  const workgroups = typeof options.workgroups === 'number' ? fold(options.workgroups) : options.workgroups;
  if (workgroups.includes(0)) return;
  if (workgroups.some((count) => count > MAX_PER_DIMENSION))
    throw new ShapeError(
      `${kernel.name}: ${workgroups.join(' x ')} workgroups exceed ${MAX_PER_DIMENSION}; split the batch`,
    );
  device.queue.launch({
    kernel,
    buffers: tensors.map((tensor) => tensor.storage.buffer),
    params: packParams(kernel, options.params ?? {}),
    workgroups,
    flops: options.flops ?? 0,
    bytes: tensors.reduce((sum, tensor) => sum + tensor.storage.bytes, 0),
  });
  // Gradients that saved a tensor refuse it once it was written.
  for (const [i, access] of kernel.access.entries()) if (access !== 'read') tensors[i]?.storage.markWritten();
}
