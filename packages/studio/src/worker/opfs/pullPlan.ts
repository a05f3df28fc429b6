import { checkRepository, parseManifest, pipelineFiles } from '@lusd/sd-models';
import sd15 from '../../../../../weights/stable-diffusion-v1-5.fp16.json' with { type: 'json' };
import type { PullRequest } from '../../engine/engine.ts';
import { EngineError } from '../../session/index.ts';

/** A file to download, and what it must be. */
export interface PlannedFile {
  readonly path: string;
  readonly size: number;
  /** SHA-256, or git's SHA-1 of a blob, in hex; null where the hub names neither. */
  readonly sha256: string | null;
  readonly gitBlob: string | null;
}

/** What is downloaded from where. */
export interface PullPlan {
  readonly repository: string;
  /** A commit, so that a download that is resumed another day fits. */
  readonly revision: string;
  readonly license: string | null;
  readonly files: readonly PlannedFile[];
}

/** @throws EngineError if the hub has no such weights, or HubError saying what the repository holds instead */
export async function planPull({ name, hub }: PullRequest, signal: AbortSignal): Promise<PullPlan> {
  return name === 'sd15' ? manifestPlan() : listedPlan(checkRepository(name), hub, signal);
}

function manifestPlan(): PullPlan {
  const { repository, revision, license, files } = parseManifest(
    JSON.stringify(sd15),
    'the manifest of sd15',
  );
  const planned = files.map(({ path, size, sha256 }) => {
    if (size === undefined) throw new TypeError(`the manifest of sd15 does not say how large ${path} is`);
    return { path, size, sha256, gitBlob: null };
  });
  return { repository, revision, license: license.name, files: planned };
}

/** What a hub's interface says of a repository. */
interface Listing {
  readonly sha: string;
  readonly tags?: readonly string[];
  readonly siblings: readonly {
    readonly rfilename: string;
    readonly size?: number;
    readonly blobId?: string;
    readonly lfs?: { readonly sha256?: string };
  }[];
}

async function listedPlan(repository: string, hub: string, signal: AbortSignal): Promise<PullPlan> {
  const response = await fetch(`${hub}/api/models/${repository}/revision/main?blobs=true`, { signal });
  if (!response.ok) throw refusal(response.status, repository);
  const { sha, tags = [], siblings } = (await response.json()) as Listing;
  const paths = siblings.map(({ rfilename }) => rfilename);
  const wanted = new Set(pipelineFiles({ repository, revision: sha }, paths));
  const files = siblings.flatMap(({ rfilename: path, size = 0, blobId = null, lfs }) =>
    wanted.has(path) ? [{ path, size, sha256: lfs?.sha256 ?? null, gitBlob: lfs ? null : blobId }] : [],
  );
  const license = tags.find((tag) => tag.startsWith('license:'))?.slice('license:'.length) ?? null;
  return { repository, revision: sha, license, files };
}

/** Why a hub did not give something, and what to do. */
export function refusal(status: number, what: string): EngineError {
  const reasons: Readonly<Record<number, string>> = {
    401: 'does not exist, or is open only to those who log in; pull it with `lusd weights pull` and use `lusd studio`',
    403: 'is closed to you; accept its licence on the hub and pull it with `lusd weights pull`',
    404: 'is not there; check its name',
    429: 'is asked for too often; try again in some minutes',
  };
  const message = `${what} ${reasons[status] ?? `was answered with the status ${status}; try again later`}`;
  return new EngineError({ kind: 'other', message });
}
