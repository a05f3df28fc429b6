import { type Device, openDevice } from '@lusd/tensor';
import type { Log } from './ui/log.ts';
import { withoutNativeStderr } from './ui/nativeStderr.ts';

/**
 * Opens a device; what its driver says by itself is shown with `--debug` only.
 * @throws NoAdapterError where there is none
 */
export function openQuietly(adapter: string, { debug }: Pick<Log, 'debug'>): Promise<Device> {
  const open = () => openDevice({ adapter, log: null });
  return debug ? open() : withoutNativeStderr(open);
}
