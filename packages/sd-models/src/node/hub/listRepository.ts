import { HubError } from '../../hub/errors.ts';
import { describeFile, type HubRevision } from '../../hub/hubFile.ts';
import { checkRepository, checkRevision, isCommit } from '../../hub/names.ts';
import { type DownloadOptions, IDLE_TIMEOUT, type WantedContent } from './download.ts';
import { requestRepository } from './request.ts';
import { DEFAULT_RETRY, withRetries } from './retry.ts';
import { hubSettings } from './settings.ts';

/** A repository as the hub describes it. */
export interface RepositoryListing extends HubRevision {
  /** The commit that the revision points to. */
  readonly commit: string;
  /** Sizes and checksums where the hub says them. */
  readonly files: readonly WantedContent[];
  /** The licence's short name, such as `creativeml-openrail-m`; undefined if the repository names none. */
  readonly license: string | undefined;
}

/**
 * Lists the files of a repository at a revision.
 *
 * @throws HubError naming the repository and the remedy; the signal's reason when aborted.
 */
export async function listRepository(
  { repository, revision }: HubRevision,
  options: Omit<DownloadOptions, 'onProgress'> = {},
): Promise<RepositoryListing> {
  const place = { repository: checkRepository(repository), revision: checkRevision(revision) };
  const settings = options.settings ?? (await hubSettings());
  if (settings.offline)
    throw new HubError(
      'offline',
      `${describeFile(place)} cannot be listed, since offline mode is on; unset HF_HUB_OFFLINE to download it.`,
    );
  const { signal, idleTimeout = IDLE_TIMEOUT, retry = DEFAULT_RETRY } = options;
  const json = await withRetries(
    () => requestRepository(place, { settings, idleTimeout, signal }),
    retry,
    signal,
  );
  const { sha, siblings, tags } = record(json);
  if (typeof sha !== 'string' || !isCommit(sha) || !Array.isArray(siblings))
    throw new HubError(
      'protocol',
      `${describeFile(place)}: ${settings.endpoint} does not give commits and files like a hub; check HF_ENDPOINT.`,
    );
  return { ...place, commit: sha, files: siblings.flatMap(parseFile), license: licenseOf(tags) };
}

function parseFile(sibling: unknown): WantedContent[] {
  const { rfilename, size, lfs } = record(sibling);
  if (typeof rfilename !== 'string') return [];
  const { sha256 } = record(lfs);
  return [
    {
      path: rfilename,
      ...(typeof size === 'number' && { size }),
      ...(typeof sha256 === 'string' && { sha256 }),
    },
  ];
}

function licenseOf(tags: unknown): string | undefined {
  const names = Array.isArray(tags) ? tags.map(String) : [];
  return names.find((tag) => tag.startsWith('license:'))?.slice('license:'.length);
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
