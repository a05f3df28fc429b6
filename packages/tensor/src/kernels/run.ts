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
const NO_PARAMS = {};

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
  const workgroups = typeof options.workgroups === 'number' ? fold(options.workgroups) : options.workgroups;
  const [x, y, z] = workgroups;
  if (x === 0 || y === 0 || z === 0) return;
  if (x > MAX_PER_DIMENSION || y > MAX_PER_DIMENSION || z > MAX_PER_DIMENSION)
    throw new ShapeError(
      `${kernel.name}: ${workgroups.join(' x ')} workgroups exceed ${MAX_PER_DIMENSION}; split the batch`,
    );
  const buffers: GPUBuffer[] = [];
  let bytes = 0;
  for (const { storage } of tensors) {
    if (storage.device !== device)
      throw new TensorError(`${kernel.name}: the operands live on different devices`);
    buffers.push(storage.buffer);
    bytes += storage.bytes;
  }
  const params = packParams(kernel, options.params ?? NO_PARAMS);
  device.queue.launch(kernel, { buffers, params, workgroups, flops: options.flops ?? 0, bytes });
  // Gradients that saved a tensor refuse it once it was written.
  for (let i = 0; i < tensors.length; i++) if (kernel.access[i] !== 'read') tensors[i]!.storage.markWritten();
}
