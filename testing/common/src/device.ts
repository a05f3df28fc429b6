import { afterAll, beforeAll, expect } from 'vitest';
import { collectGarbage } from './collectGarbage.ts';

/** What tests need of a device; tensor's own tests open theirs from its sources, the other packages from its build. */
interface TestDevice {
  memory(): { readonly liveBuffers: number };
  destroy(): void;
}

interface TestDeviceOptions {
  readonly adapter: string;
  readonly poison: true;
  readonly log: null;
}

/**
 * Opens a device on the adapter of LUSD_ADAPTER before the tests of a file and closes it after them. Reused memory is
 * filled with NaN, which shows kernels that leave part of their output unwritten.
 *
 * @param openDevice of the copy of @lusd/tensor that the tests import
 * @param use receives the device
 * @param options.collect whether tests may leave tensors to the garbage collector, which then runs before the remaining
 *   buffers are counted; default false: every test disposes what it makes
 * @param options.kept buffers that the library may keep as long as the device; default 0
 */
export function useDevice<D extends TestDevice>(
  openDevice: (options: TestDeviceOptions) => Promise<D>,
  use: (device: D) => void,
  { collect = false, kept = 0 }: { readonly collect?: boolean; readonly kept?: number } = {},
): void {
  let device: D;

  beforeAll(async () => {
    device = await openDevice({ adapter: process.env.LUSD_ADAPTER ?? 'auto', poison: true, log: null });
    use(device);
  });

  afterAll(async () => {
    if (collect) await collectUnreachable();
    const { liveBuffers } = device.memory();
    device.destroy();
    expect(liveBuffers, 'buffers that the tests of this file left on the device').toBeLessThanOrEqual(kept);
  });
}

/** Finalizers run in a task after the collection, and what they free may make more unreachable. */
async function collectUnreachable(): Promise<void> {
  for (let i = 0; i < 3; i++) {
    collectGarbage();
    await new Promise(setImmediate);
  }
}
