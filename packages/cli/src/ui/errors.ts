import { LusdError, OptionError } from '@lusd/lusd';
import { HubError } from '@lusd/sd-models/node';
import { SafetensorsError } from '@lusd/tensor';

/** An error that the user can fix; the message is one sentence that says how. */
export class CliError extends Error {
  override name = 'CliError';
}

/** A command line that cannot be used; exit code 2. */
export class UsageError extends CliError {
  override name = 'UsageError';
}

/** The user stopped the command. */
export class InterruptedError extends CliError {
  override name = 'InterruptedError';

  /** @param exitCode 128 plus the signal's number, as shells count */
  constructor(readonly exitCode: number) {
    super('stopped; finished results are kept, start it again to continue');
  }
}

const REMEDIES: Readonly<Record<string, string>> = {
  EACCES: 'change its permissions or choose another place',
  EDQUOT: 'free some of your quota and start again; finished results are kept',
  EEXIST: 'a file has that name: remove it or choose another',
  EISDIR: 'name a file, not a folder',
  EMFILE: 'raise the limit of open files (ulimit -n)',
  ENOENT: 'check the path',
  ENOSPC: 'the disk is full: free some space and start again; finished results are kept',
  ENOTDIR: 'check the path',
  EPERM: 'change its permissions or choose another place',
  EROFS: 'choose a writable place',
};

/** The code of the system call's error that caused this one, if any did. */
export function systemCode(error: unknown): string | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (typeof code === 'string' && code in REMEDIES) return code;
  }
  return undefined;
}

/** The library's options whose flags have other names. */
const FLAGS: Readonly<Record<string, string>> = {
  indices: '--target-index',
  targetTokens: '--target-index',
  words: '--edit-words',
};

/** The flag of one of the library's options: `--t-min` for `tMin`. */
function flagOf(option: string): string {
  return FLAGS[option] ?? `--${option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** An error as one sentence, with how to fix it if known. */
export function describeError(error: unknown): string {
  if (error instanceof OptionError) return `${flagOf(error.option)} ${error.reason}`;
  const message = (error instanceof Error ? error.message : String(error)).trim().replace(/\.$/, '');
  const code = namesRemedy(error) ? undefined : systemCode(error);
  if (code) return `${message}; ${REMEDIES[code]}`;
  if (error instanceof SafetensorsError) return `${message}; download the file again, or give another`;
  const isDefect = error instanceof TypeError || error instanceof ReferenceError;
  return isDefect ? `${message}; this is a bug in lusd, --debug shows the stack` : message;
}

function namesRemedy(error: unknown): boolean {
  return error instanceof CliError || error instanceof LusdError || error instanceof HubError;
}

export function exitCodeOf(error: unknown): number {
  if (error instanceof InterruptedError) return error.exitCode;
  return error instanceof UsageError ? 2 : 1;
}
