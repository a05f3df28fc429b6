import { type Device, openDevice } from '@lusd/tensor';
import type { Log } from './ui/log.ts';
import { withoutNativeStderr } from './ui/nativeStderr.ts';

/**
 * Opens a device; the driver's own output is shown only with `--debug`.
 * @throws NoAdapterError if there is none
 */
export function openQuietly(adapter: string, { debug }: Pick<Log, 'debug'>): Promise<Device> {
  const open = () => openDevice({ adapter, log: null });
  return debug ? open() : withoutNativeStderr(open);
}
