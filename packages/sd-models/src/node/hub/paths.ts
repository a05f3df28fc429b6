import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Environment } from './environment.ts';

export interface HubPaths {
  /** The folder that holds the `models--…` folders. */
  readonly cacheDir: string;
  readonly tokenFile: string;
}

/**
 * Where Python's huggingface_hub keeps its cache and its token in this environment: HF_HUB_CACHE, HF_TOKEN_PATH, else
 * under HF_HOME, else under XDG_CACHE_HOME. Source: `huggingface_hub/constants.py`.
 */
export function hubPaths(environment: Environment): HubPaths {
  const read = (name: string) => environment[name]?.trim() || undefined;
  const cacheHome = read('XDG_CACHE_HOME') ?? join(environment.HOME || homedir(), '.cache');
  const home = expandPath(read('HF_HOME') ?? join(cacheHome, 'huggingface'), environment);
  const cache = read('HF_HUB_CACHE') ?? read('HUGGINGFACE_HUB_CACHE') ?? join(home, 'hub');
  return {
    cacheDir: expandPath(cache, environment),
    tokenFile: expandPath(read('HF_TOKEN_PATH') ?? join(home, 'token'), environment),
  };
}

/**
 * A path with the home folder in place of a leading `~`, and with the variables that it names as `$NAME` or `${NAME}`;
 * one that is not set is left as it stands. Source: Python's `os.path.expandvars(os.path.expanduser(path))`.
 */
function expandPath(path: string, environment: Environment): string {
  const isBelowHome = path === '~' || path.startsWith('~/');
  const absolute = isBelowHome ? join(environment.HOME || homedir(), path.slice(1)) : path;
  return absolute.replace(/\$(?:(\w+)|\{([^}]*)\})/g, (text, name?: string, braced?: string) => {
    return environment[name ?? braced ?? ''] ?? text;
  });
}
