import { Argument } from '@commander-js/extra-typings';
import { type DownloadProgress, downloadManifest } from '@lusd/sd-models/node';
import { baseCommand, type CommonOptions } from '../../options/baseCommand.ts';
import { openLog, type Services } from '../../services.ts';
import { Progress } from '../../ui/progress.ts';
import {
  formatBytes,
  MANIFEST_NAMES,
  type ManifestName,
  readManifest,
  sizeOf,
} from '../../weights/manifests.ts';

const MEGABYTE = 1e6;

/** `lusd weights pull`: into the cache that Python's tools share; what is there is not fetched again. */
export function pullCommand(services: Services) {
  return baseCommand('pull', 'download weights into the Hugging Face cache; an interrupted download goes on')
    .addArgument(new Argument('<name>', 'which weights').choices(MANIFEST_NAMES))
    .action((name, options) => pull(services, name, options));
}

async function pull(services: Services, name: ManifestName, options: CommonOptions): Promise<void> {
  const log = openLog(services, options);
  const manifest = await readManifest(name);
  const bytes = sizeOf(manifest);
  const { license } = manifest;
  log.event(
    'pull',
    { name, repository: manifest.repository, bytes, license },
    `${manifest.name}: ${formatBytes(bytes)} of ${manifest.repository}. Licence: ${license.name}, ${license.url}`,
  );
  using progress = new Progress(log, Math.ceil(bytes / MEGABYTE), { unit: 'MB' });
  const received = new Map<string, number>();
  const onProgress = (event: DownloadProgress) => {
    const isWhole = event.received === event.total && received.get(event.file) !== event.total;
    received.set(event.file, event.received);
    const done = [...received.values()].reduce((a, b) => a + b, 0);
    progress.update(Math.round(done / MEGABYTE), ` | ${event.file}`);
    if (isWhole) log.event('file', { file: event.file, bytes: event.received });
  };
  const folder = await downloadManifest(manifest, { onProgress, signal: services.signal });
  progress.stop();
  log.event('done', { name, path: folder }, `${name} is in ${folder}; use it with --weights ${name}.`);
}
