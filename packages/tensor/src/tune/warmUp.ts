import type { Device } from '../gpu/device.ts';

const MILLISECONDS = 200;

/**
 * Runs `body` on `device` for 200 ms, at least once, before it is measured: a GPU that waited, such as for a compiler, is
 * slow at first. (An H100 took four times as long for the same kernels after 1.5 s without work.)
 * @throws what `body` throws
 */
export async function warmUp(device: Device, body: () => void | Promise<void>): Promise<void> {
  const end = performance.now() + MILLISECONDS;
  do {
    await body();
    await device.sync();
  } while (performance.now() < end);
}
