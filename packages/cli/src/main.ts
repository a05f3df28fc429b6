#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { runCli } from './cli.ts';
import { InterruptedError } from './ui/errors.ts';

/** The cursor, which a progress bar hides. */
const SHOW_CURSOR = '\x1b[?25h';

const controller = new AbortController();

for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    const exitCode = 128 + constants.signals[name];
    // The second signal stops at once, without waiting for the step to end.
    if (controller.signal.aborted) {
      if (process.stderr.isTTY) process.stderr.write(SHOW_CURSOR);
      process.exit(exitCode);
    }
    controller.abort(new InterruptedError(exitCode));
  });
}

for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // The reader closed the pipe (`lusd run --json | head`): exit as SIGPIPE would.
    if (error.code === 'EPIPE') process.exit(128 + constants.signals.SIGPIPE);
    throw error;
  });
}

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};
const { stdout, stderr, env: environment } = process;
const exitCode = await runCli(
  process.argv.slice(2),
  { stdout, stderr, environment, signal: controller.signal },
  version,
);
await new Promise<void>((resolve) => stdout.write('', () => resolve()));
// An open adapter would keep the process alive.
process.exit(exitCode);
