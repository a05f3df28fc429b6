import {
  type DownloadProgress,
  downloadManifest,
  hubSettings,
  listRepository,
  pipelineFiles,
  type WantedFiles,
} from '@lusd/sd-models/node';
import { InvalidArgumentError } from 'commander';
import { baseCommand, type CommonOptions } from '../../options/baseCommand.ts';
import { openLog, type Services } from '../../services.ts';
import { UsageError } from '../../ui/errors.ts';
import type { Log } from '../../ui/log.ts';
import { Progress } from '../../ui/progress.ts';
import {
  describeSize,
  isManifestName,
  MANIFEST_NAMES,
  type ManifestName,
  readManifest,
  sizeOf,
} from '../../weights/manifests.ts';

const MEGABYTE = 1e6;

interface PullFlags extends CommonOptions {
  readonly revision?: string | undefined;
  readonly variant?: string | undefined;
}

/** What to download, and its licence. */
interface Download extends WantedFiles {
  /** What it is called in messages. */
  readonly title: string;
  readonly license: { readonly name: string; readonly url: string };
}

const NOTES = `
Names: ${MANIFEST_NAMES.join(', ')}. Of a repository, the safetensors files of its Stable Diffusion pipeline
are downloaded, never pickles.`;

/** `lusd weights pull`: into the cache that is shared with Python; files already there are not downloaded again. */
export function pullCommand(services: Services) {
  return baseCommand(
    'pull',
    'download weights into the Hugging Face cache; an interrupted download is resumed',
  )
    .argument('<name|org/name>', 'which weights: a name, or a repository in the diffusers layout', parseName)
    .optionsGroup('Repository:')
    .option('--revision <revision>', 'a branch, a tag or a commit; default: main')
    .option(
      '--variant <name>',
      'the variant of the files: fp16, none or another; default: fp16 if there is one',
    )
    .addHelpText('after', NOTES)
    .action((name, options) => pull(services, name, options));
}

/** @throws InvalidArgumentError for what is neither a name nor `organisation/name` */
function parseName(text: string): string {
  if (isManifestName(text) || /^[\w.-]+\/[\w.-]+$/.test(text)) return text;
  throw new InvalidArgumentError(
    `Allowed choices are ${MANIFEST_NAMES.join(', ')}, or a repository as organisation/name.`,
  );
}

async function pull(services: Services, name: string, options: PullFlags): Promise<void> {
  const log = openLog(services, options);
  const { signal } = services;
  const wanted = isManifestName(name)
    ? await namedWeights(name, options)
    : await repositoryWeights(name, options, signal);
  const bytes = sizeOf(wanted);
  const { repository, license } = wanted;
  log.event(
    'pull',
    { name, repository, bytes, license },
    `${wanted.title}: ${describeSize(wanted)} of ${repository}. Licence: ${license.name}, ${license.url}`,
  );
  const folder = await download(wanted, log, signal);
  log.event('done', { name, path: folder }, `${name} is in ${folder}; commands take it by this name.`);
}

async function namedWeights(name: ManifestName, { revision, variant }: PullFlags): Promise<Download> {
  if (revision !== undefined || variant !== undefined)
    throw new UsageError(
      `${name} has one revision and one variant; --revision and --variant need organisation/name`,
    );
  const manifest = await readManifest(name);
  return { ...manifest, title: manifest.name };
}

async function repositoryWeights(
  repository: string,
  { revision = 'main', variant }: PullFlags,
  signal: AbortSignal,
): Promise<Download> {
  const settings = await hubSettings();
  const listing = await listRepository({ repository, revision }, { settings, signal });
  const chosen = new Set(
    pipelineFiles(
      listing,
      listing.files.map(({ path }) => path),
      variant,
    ),
  );
  return {
    ...listing,
    files: listing.files.filter(({ path }) => chosen.has(path)),
    title: `${repository} (${revision})`,
    license: { name: listing.license ?? 'not stated', url: `${settings.endpoint}/${repository}` },
  };
}

/** @returns the snapshot's folder */
async function download(wanted: Download, log: Log, signal: AbortSignal): Promise<string> {
  using progress = new Progress(log, Math.ceil(sizeOf(wanted) / MEGABYTE), { unit: 'MB' });
  const received = new Map<string, number>();
  const sizes = new Map(wanted.files.map(({ path, size = 0 }) => [path, size]));
  const onProgress = (event: DownloadProgress) => {
    const isWhole = event.received === event.total && received.get(event.file) !== event.total;
    received.set(event.file, event.received);
    sizes.set(event.file, event.total ?? sizes.get(event.file) ?? 0);
    progress.update(
      Math.round(sum(received.values()) / MEGABYTE),
      ` | ${event.file}`,
      Math.ceil(sum(sizes.values()) / MEGABYTE),
    );
    if (isWhole) log.event('file', { file: event.file, bytes: event.received });
  };
  return downloadManifest(wanted, { onProgress, signal });
}

function sum(numbers: Iterable<number>): number {
  return [...numbers].reduce((a, b) => a + b, 0);
}
