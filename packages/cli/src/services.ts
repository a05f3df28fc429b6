import type { CommonOptions } from './options/baseCommand.ts';
import { Log, type Streams, wantsColour } from './ui/log.ts';

/** What a command uses of its process. */
export interface Services extends Streams {
  readonly environment: NodeJS.ProcessEnv;
  /** Aborted when the user stops the command. */
  readonly signal: AbortSignal;
}

export function openLog({ stdout, stderr, environment }: Services, { json, debug }: CommonOptions): Log {
  const colour = wantsColour(stderr, environment);
  return new Log({ stdout, stderr, colour, json: json ?? false, debug: debug ?? false });
}
