import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where the packages keep what they can make again: `lusd` under XDG_CACHE_HOME, by default ~/.cache. */
export function cacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'lusd');
}
