import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** The threads of a process; none if it has ended. Linux alone. */
export function threadsOf(process: number): number[] {
  return unlessGone(() => readdirSync(`/proc/${process}/task`).map(Number)) ?? [];
}

/** The cores on which a thread may run, as in `0-3,6`; null if it has ended. */
export function coresOf(thread: number): string | null {
  const status = unlessGone(() => readFileSync(`/proc/${thread}/status`, 'utf8'));
  return /^Cpus_allowed_list:\s*(.*)$/m.exec(status ?? '')?.[1] ?? null;
}

/** Keeps a thread on some cores, and the threads that it starts from then on. @throws Error if that is not allowed */
export function keepOn(thread: number, cores: string): void {
  const current = coresOf(thread);
  if (current === null || current === cores) return;
  try {
    execFileSync('taskset', ['-p', '-c', cores, String(thread)], { stdio: 'ignore' });
  } catch (cause) {
    if (coresOf(thread) === null) return;
    const message = `thread ${thread} could not be kept on core ${cores}; taskset, of util-linux, has to be installed`;
    throw new Error(message, { cause });
  }
}

function unlessGone<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return null;
    throw error;
  }
}
