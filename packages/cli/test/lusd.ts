import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const BIN = fileURLToPath(new URL('../bin/lusd.js', import.meta.url));

/** The small model that comes along. */
export const SHAPES = fileURLToPath(new URL('../../../weights/shapes', import.meta.url));

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built command as a person would. */
export function lusd(...args: string[]): Outcome {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, ...args], { encoding: 'utf8' });
  // Dawn's own warnings are none of the command's words.
  const words = stderr.split('\n').filter((line) => !line.startsWith('Warning: max'));
  return { code: status, stdout, stderr: words.join('\n').trim() };
}

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'lusd-cli-'));
}
