import { afterAll, beforeAll, expect } from 'vitest';
import { isThorough } from './thorough.ts';

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

type OpenDevice<D> = (options: TestDeviceOptions) => Promise<D>;

/** Devices that the test files of a process share, by the function that opened them. */
const shared = new Map<unknown, Promise<unknown>>();

/**
 * Gives the tests of a file a device on the adapter of LUSD_ADAPTER. Thorough runs open one for each file; others share
 * one, whose kernels are compiled once. Reused memory is filled with NaN, which shows kernels that leave part of their
 * output unwritten.
 *
 * @param openDevice of the copy of @lusd/tensor that the tests import
 * @param use receives the device
 */
export function useDevice<D extends TestDevice>(openDevice: OpenDevice<D>, use: (device: D) => void): void {
  let device: D;

  beforeAll(async () => {
    const open = () => openDevice({ adapter: process.env.LUSD_ADAPTER ?? 'auto', poison: true, log: null });
    device = isThorough ? await open() : await sharedDevice(openDevice, open);
    use(device);
  });

  // Tensors that a test does not dispose would be freed while another test counts buffers.
  afterAll(() => {
    const { liveBuffers } = device.memory();
    if (isThorough) device.destroy();
    expect(liveBuffers, 'buffers that the tests of this file left on the device').toBe(0);
  });
}

function sharedDevice<D>(openDevice: OpenDevice<D>, open: () => Promise<D>): Promise<D> {
  const opened = (shared.get(openDevice) as Promise<D> | undefined) ?? open();
  shared.set(openDevice, opened);
  return opened;
}
