import { homedir } from 'node:os';
import { join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * A path with the home folder in place of a leading `~`, and with the variables that it names as `$NAME` or `${NAME}`;
 * one that is not set is left as it stands. Source: Python's `os.path.expandvars(os.path.expanduser(path))`.
 */
export function expandPath(path: string, environment: Environment): string {
  const isBelowHome = path === '~' || path.startsWith('~/');
  const absolute = isBelowHome ? join(environment.HOME || homedir(), path.slice(1)) : path;
  return absolute.replace(/\$(?:(\w+)|\{([^}]*)\})/g, (text, name?: string, braced?: string) => {
    return environment[name ?? braced ?? ''] ?? text;
  });
}
