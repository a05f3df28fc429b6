import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  downloadManifest,
  HubError,
  hubSettings,
  parseManifest,
  type WantedFiles,
  type WeightsManifest,
} from '@lusd/sd-models/node';
import { CliError } from '../ui/errors.ts';
import { bundledWeights } from './bundled.ts';

/** Short names of the weights that can be pulled, and their manifests. */
const MANIFESTS = {
  sd15: 'stable-diffusion-v1-5.fp16.json',
  'sd15-fp32': 'stable-diffusion-v1-5.fp32.json',
  'sd15-single': 'stable-diffusion-v1-5.single-file.json',
  clip: 'clip-vit-base-patch32.json',
  'clip-l14': 'clip-vit-large-patch14.json',
  'dino-s16': 'dino-vit-small-patch16.json',
  'dino-b8': 'dino-vit-base-patch8.json',
} as const;

export type ManifestName = keyof typeof MANIFESTS;

export const MANIFEST_NAMES = Object.keys(MANIFESTS) as readonly ManifestName[];

export function isManifestName(name: string): name is ManifestName {
  return Object.hasOwn(MANIFESTS, name);
}

export async function readManifest(name: ManifestName): Promise<WeightsManifest> {
  const path = join(bundledWeights(), MANIFESTS[name]);
  return parseManifest(await readFile(path, 'utf8'), path);
}

/** The folder of weights that were pulled, or null if they are missing from the cache or incomplete. */
export async function findPulled(manifest: WeightsManifest): Promise<string | null> {
  const settings = { ...(await hubSettings()), offline: true };
  try {
    return await downloadManifest(manifest, { settings });
  } catch (error) {
    if (error instanceof HubError && error.code === 'offline') return null;
    throw error;
  }
}

/** @throws CliError that says how to get them, if they were not pulled */
export async function requirePulled(name: ManifestName): Promise<string> {
  const manifest = await readManifest(name);
  const folder = await findPulled(manifest);
  if (folder) return folder;
  throw new CliError(
    `the weights '${name}' are not on this machine; run \`lusd weights pull ${name}\` (${describeSize(manifest)})`,
  );
}

/** In bytes; files of unknown size do not count. */
export function sizeOf({ files }: Pick<WantedFiles, 'files'>): number {
  return files.reduce((total, { size = 0 }) => total + size, 0);
}

/** For example `2.1 GB`; `at least 1.7 GB` where some files' sizes are not known, `size not known` where none is. */
export function describeSize(wanted: Pick<WantedFiles, 'files'>): string {
  const known = sizeOf(wanted);
  if (wanted.files.every(({ size }) => size !== undefined)) return formatBytes(known);
  return known === 0 ? 'size not known' : `at least ${formatBytes(known)}`;
}

/** For example `2.1 GB`. */
export function formatBytes(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  const power = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  return `${power === 0 ? bytes : (bytes / 1000 ** power).toFixed(1)} ${units[power]}`;
}
