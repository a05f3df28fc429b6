import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where this library keeps what it can make again: `lusd` under XDG_CACHE_HOME, by default ~/.cache. */
export function cacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'lusd');
}
