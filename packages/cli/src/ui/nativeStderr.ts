import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';

const STDERR = 2;
const { O_WRONLY, O_APPEND, O_NOCTTY, O_NONBLOCK } = constants;

/**
 * Runs `body` while output of native code to stderr is discarded: Dawn writes notes there that nobody can act on, and
 * has no option to disable them. Nothing else may open files or write to stderr meanwhile.
 *
 * Node cannot duplicate a descriptor, so stderr is reopened, which works on Linux for a terminal, a pipe and a file
 * that is appended to. Elsewhere, and where stderr is a socket or another file, `body` runs as it is.
 */
export async function withoutNativeStderr<T>(body: () => Promise<T>): Promise<T> {
  const kept = reopenStderr();
  if (kept === null) return body();
  replaceStderr('/dev/null', O_WRONLY);
  try {
    return await body();
  } finally {
    replaceStderr(pathOf(kept), kept.flags);
    closeSync(kept.descriptor);
  }
}

interface Reopened {
  readonly descriptor: number;
  readonly flags: number;
}

function pathOf({ descriptor }: Pick<Reopened, 'descriptor'>): string {
  return `/proc/self/fd/${descriptor}`;
}

/** A second descriptor of what stderr writes to, or null if there can be none. */
function reopenStderr(): Reopened | null {
  if (process.platform !== 'linux') return null;
  try {
    const flags = flagsToReopen();
    return flags === null ? null : { descriptor: openSync(pathOf({ descriptor: STDERR }), flags), flags };
  } catch {
    // A terminal of another user, a pipe that nobody reads, no /proc: Dawn's notes are then seen.
    return null;
  }
}

function flagsToReopen(): number | null {
  const stat = fstatSync(STDERR);
  if (stat.isCharacterDevice()) return O_WRONLY | O_NOCTTY;
  // Opening a pipe without a reader would wait for one.
  if (stat.isFIFO()) return O_WRONLY | O_NONBLOCK;
  return stat.isFile() && isAppended() ? O_WRONLY | O_APPEND : null;
}

/** Each descriptor has its own position in a file, so that two would overwrite each other without O_APPEND. */
function isAppended(): boolean {
  const [, flags = '0'] = /^flags:\s*([0-7]+)/m.exec(readFileSync('/proc/self/fdinfo/2', 'utf8')) ?? [];
  return (Number.parseInt(flags, 8) & O_APPEND) !== 0;
}

/** Opens `path` as the descriptor of stderr: the system gives the lowest that is free. */
function replaceStderr(path: string, flags: number): void {
  closeSync(STDERR);
  const descriptor = openSync(path, flags);
  if (descriptor !== STDERR) throw new Error(`stderr became file descriptor ${descriptor}`);
}
