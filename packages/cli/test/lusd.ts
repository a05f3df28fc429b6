import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isThorough } from '@lusd/testing/thorough';
import { test } from 'vitest';

/** A test of what others show in part, each in seconds of device time: `npm run test:all` runs it. */
export const thorough = test.skipIf(!isThorough);

export const BIN = fileURLToPath(new URL('../bin/lusd.js', import.meta.url));

/** The small model that comes along. */
export const SHAPES = fileURLToPath(new URL('../../../weights/shapes', import.meta.url));

/** Flags of an edit that takes a second or two. */
export const QUICK = ['--weights', SHAPES, '--size', '64', '--num-steps', '2'];
export const PROMPTS = [
  ...['--source-prompt', 'a red circle on sand'],
  ...['--target-prompt', 'a blue circle on sand'],
];

export interface Outcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The lines of `--json`. */
  readonly events: readonly LusdEvent[];
}

export interface LusdEvent extends Readonly<Record<string, unknown>> {
  readonly event: string;
  readonly job?: string;
  readonly jobs?: readonly string[];
  readonly message?: string;
}

export interface Circumstances {
  readonly env?: Readonly<Record<string, string>>;
  /** A script of `test/preload`, loaded into the process before the command. */
  readonly preload?: 'stopAt' | 'fullDisk' | 'noDawn' | 'plantFault';
  /** Runs as a user who may not write where root may, for a test that is run as root. */
  readonly unprivileged?: boolean;
}

/** Runs the built command as a person would. */
export function lusd(...args: string[]): Outcome {
  return lusdIn({}, ...args);
}

export function lusdIn({ env, preload, unprivileged }: Circumstances, ...args: string[]): Outcome {
  const script = new URL(`./preload/${preload}.mjs`, import.meta.url);
  const before = preload === undefined ? [] : ['--import', script.href];
  const nobody = unprivileged && process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [...before, BIN, ...args], {
    encoding: 'utf8',
    env: { ...outside(process.env), ...env },
    ...nobody,
  });
  return { code: status, signal, stdout, stderr: ownWords(stderr), events: eventsOf(stdout) };
}

/** As `lusdIn`, while servers in the test's own process go on answering. */
export async function lusdBeside({ env }: Pick<Circumstances, 'env'>, ...args: string[]): Promise<Outcome> {
  const child = spawn(process.execPath, [BIN, ...args], { env: { ...outside(process.env), ...env } });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
    });
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  const { stdout, stderr } = output;
  return { code, signal, stdout, stderr: ownWords(stderr), events: eventsOf(stdout) };
}

/** Where evaluations of a test's file keep embeddings, which those of another version of the code must not find. */
const EMBEDDINGS = temporaryFolder();

/** Without what the test itself may run in. */
function outside(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const isForeign = (name: string) =>
    /^(?:SLURM_|JOB_COMPLETION_INDEX$|LUSD_(?!ADAPTER)|NO_COLOR$|HF_|(?:HTTPS?|ALL|NO)_PROXY$)/i.test(name);
  const own = Object.entries(environment).filter(([name]) => !isForeign(name));
  return { ...Object.fromEntries(own), LUSD_EMBEDDING_DIR: EMBEDDINGS };
}

/** Dawn's own notes, with a capital letter, are none of the command's words; it cannot keep them from a socket. */
function ownWords(stderr: string): string {
  return stderr.replace(/^(?:Warning|Error): .*\n(?: {4}at .*\n\n?)?/gm, '').trim();
}

function eventsOf(stdout: string): LusdEvent[] {
  return stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as LusdEvent);
}

/** A sentence with its full stop and no stack: what an error looks like. */
export const ONE_ERROR = /^error: [^\n]+\.$/;

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'lusd-cli-'));
}
