import { afterAll, beforeAll, expect } from 'vitest';
import { collectGarbage } from './collectGarbage.ts';
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
 * @param options.collect whether tests may leave tensors to the garbage collector, which then runs before the buffers
 *   that are left are counted; default false: every test disposes what it makes
 * @param options.own how many buffers the device keeps for itself; default none
 */
export function useDevice<D extends TestDevice>(
  openDevice: OpenDevice<D>,
  use: (device: D) => void,
  {
    collect = false,
    own = () => 0,
  }: { readonly collect?: boolean; readonly own?: (device: D) => number } = {},
): void {
  let device: D;

  beforeAll(async () => {
    const open = () => openDevice({ adapter: process.env.LUSD_ADAPTER ?? 'auto', poison: true, log: null });
    device = isThorough ? await open() : await sharedDevice(openDevice, open);
    use(device);
  });

  afterAll(async () => {
    if (collect) await collectUnreachable();
    const left = device.memory().liveBuffers - own(device);
    if (isThorough) device.destroy();
    expect(left, 'buffers that the tests of this file left on the device').toBe(0);
  });
}

function sharedDevice<D>(openDevice: OpenDevice<D>, open: () => Promise<D>): Promise<D> {
  const opened = (shared.get(openDevice) as Promise<D> | undefined) ?? open();
  shared.set(openDevice, opened);
  return opened;
}

/** Finalizers run in a task after the collection, and what they free may make more unreachable. */
async function collectUnreachable(): Promise<void> {
  for (let i = 0; i < 3; i++) {
    collectGarbage();
    await new Promise(setImmediate);
  }
}
