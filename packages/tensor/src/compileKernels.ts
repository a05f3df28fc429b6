import { platform } from '#platform';
import { currentDevice, type Device } from './gpu/device.ts';
import { noGrad } from './graph.ts';
import { scope } from './scope.ts';

/**
 * Compiles the kernels that `step` launches, many at a time, without running them: a kernel is else compiled when it is
 * first launched, one after the other, while the device waits. `step` is run for its launches only: what its tensors hold
 * is undefined, and they are disposed, so it must not keep what it computes, nor draw random numbers.
 * @returns how many kernels were compiled
 * @throws ShaderError for a kernel that does not compile; what `step` throws; TensorError on a readback inside `step`, or
 *   inside a capture
 */
export async function compileKernels(step: () => unknown, device: Device = currentDevice()): Promise<number> {
  const kernels = device.queue.kernelsOf(() => noGrad(() => scope(() => void step())));
  const compiled = device.pipelines.compileAll(kernels);
  return device.facts.software ? platform.waitOnSoftware(compiled) : compiled;
}
