import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { parseAdapter } from '../options.ts';
import { writeSyntheticCheckpoint } from './checkpoint.ts';
import { formatFullSize } from './formatFullSize.ts';
import { measureFullSize } from './measureFullSize.ts';

/** `full-size` of the benchmark: see USAGE in options.ts. @throws Error naming what is wrong or went wrong */
export async function fullSizeCommand(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      adapter: { type: 'string', default: 'auto' },
      weights: { type: 'string' },
      make: { type: 'string' },
    },
  });
  if (values.make !== undefined) return makeCheckpoint(resolve(process.env.INIT_CWD ?? '.', values.make));
  const adapter = parseAdapter(values.adapter);
  const measure = async (folder: string) => {
    const result = await measureFullSize({ folder, adapter, profile: true }, console.error);
    console.log(formatFullSize(result));
  };
  if (values.weights === undefined) await withSyntheticCheckpoint(measure);
  else await measure(resolve(process.env.INIT_CWD ?? '.', values.weights));
}

/** Writes a synthetic Stable Diffusion 1.5 into a new folder. @throws Error if the folder is there */
async function makeCheckpoint(folder: string): Promise<void> {
  if (existsSync(folder)) throw new Error(`--make: ${folder} is there already; name a new folder`);
  await mkdir(`${folder}.new`, { recursive: true });
  await writeSyntheticCheckpoint(`${folder}.new`);
  await rename(`${folder}.new`, folder);
  console.log(`Wrote ${folder}.`);
}

/** Runs `body` on the folder of a synthetic Stable Diffusion 1.5, which lasts no longer than it. */
export async function withSyntheticCheckpoint<T>(body: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'lusd-full-size-'));
  try {
    console.error('writing 2.13 GB of random weights');
    await writeSyntheticCheckpoint(folder);
    return await body(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}
