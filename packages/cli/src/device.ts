import { type Device, openDevice } from '@lusd/tensor';
import type { Log } from './ui/log.ts';
import { withoutNativeStderr } from './ui/nativeStderr.ts';

/**
 * Opens a device, and warns of what its adapter computes wrongly; the driver's own output is shown only with `--debug`.
 * @throws NoAdapterError if there is none
 */
export async function openQuietly(adapter: string, log: Pick<Log, 'debug' | 'warn'>): Promise<Device> {
  const open = () => openDevice({ adapter, log: null });
  const device = await (log.debug ? open() : withoutNativeStderr(open));
  for (const fault of device.faults) log.warn(fault);
  return device;
}
