import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { reason } from '@lusd/sd-models/node';
import { isFolder } from '../files.ts';

/** @throws Error naming the file if it cannot be read */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash).catch((cause: unknown) => {
    throw new Error(`${path} cannot be read: ${reason(cause)}`, { cause });
  });
  return hash.digest('hex');
}

export function sha256OfText(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

const CONFIG = 'config.json';

/** The sums of a model's files by their names: of one file, or of the configuration and the weights in a folder. */
export async function sha256OfModel(path: string): Promise<Readonly<Record<string, string>>> {
  const isPart = (name: string) => name === CONFIG || name.endsWith('.safetensors');
  const names = (await isFolder(path)) ? (await readdir(path)).filter(isPart).sort() : null;
  if (names === null) return { [basename(path)]: await sha256OfFile(path) };
  const sums: Record<string, string> = {};
  for (const name of names) sums[name] = await sha256OfFile(join(path, name));
  return sums;
}
