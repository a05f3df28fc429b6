import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { hubSettings } from '@lusd/sd-models/node';
import { exists } from '../files.ts';
import { describeError } from '../ui/errors.ts';
import { shapesModel } from '../weights/bundled.ts';
import { describeSize, findPulled, formatBytes, MANIFEST_NAMES, readManifest } from '../weights/manifests.ts';
import type { Section } from './section.ts';

/** Which weights are on this machine, where they go and whether there is room. */
export async function weightsSection(): Promise<Section> {
  const { cacheDir, endpoint, token, offline } = await hubSettings();
  const free = await freeBytes(cacheDir);
  const lines: (readonly [string, string])[] = [];
  const found: Record<string, string | null> = {};
  const missing: string[] = [];
  for (const name of MANIFEST_NAMES) {
    const manifest = await readManifest(name);
    const folder = await findPulled(manifest);
    found[name] = folder;
    lines.push([name, folder ?? `not here (${describeSize(manifest)}); \`lusd weights pull ${name}\``]);
  }
  try {
    found.shapes = shapesModel();
  } catch (error) {
    found.shapes = null;
    missing.push(describeError(error));
  }
  return {
    title: 'Weights',
    data: { weights: found, cacheDir, free, endpoint, hasToken: token !== undefined, offline },
    lines: [
      ...lines,
      ['shapes', found.shapes ?? 'not here'],
      ['cache', `${cacheDir} (${formatBytes(free)} free)`],
      ['hub', `${endpoint}${offline ? ', offline mode' : ''}${token ? ', with a token' : ''}`],
    ],
    missing,
  };
}

/** Free bytes on the disk where `path` is or will be. */
async function freeBytes(path: string): Promise<number> {
  if (!(await exists(path)) && dirname(path) !== path) return freeBytes(dirname(path));
  const { bavail, bsize } = await statfs(path);
  return bavail * bsize;
}
