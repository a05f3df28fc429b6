#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { runCli } from './cli.ts';
import { InterruptedError } from './ui/errors.ts';

const controller = new AbortController();

for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    const exitCode = 128 + constants.signals[name];
    // The second time the user does not want to wait for the step to end.
    if (controller.signal.aborted) process.exit(exitCode);
    controller.abort(new InterruptedError(exitCode));
  });
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0); // the reader has seen enough
  throw error;
});

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
