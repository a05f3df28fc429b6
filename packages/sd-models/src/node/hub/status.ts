import type { Response } from 'undici';
import { HubError } from '../../hub/errors.ts';
import { describeFile, type HubRevision } from '../../hub/hubFile.ts';
import { PROXY_AUTHENTICATION, proxyRefusal, type SentRequest, throughProxy } from './connectionFailure.ts';
import { retryAfterOf, TransientFailure } from './retry.ts';

interface Asker {
  /** Whether the hub itself answered, rather than the host that it keeps contents on. */
  readonly isHub: boolean;
  readonly hasToken: boolean;
}

/** The error for an answer that is no success: what was refused, and what the user can do about it. */
export function statusFailure(
  asked: SentRequest,
  file: HubRevision,
  response: Response,
  asker: Asker,
): HubError | TransientFailure {
  const { status, headers } = response;
  const { what, url, proxy } = asked;
  if (proxy && status === PROXY_AUTHENTICATION) return proxyRefusal(asked, proxy, status);
  // A content host's refusal is that of an expired link, which the next attempt replaces.
  if (isTransient(status) || !asker.isHub) {
    const remedy = status === 429 ? 'wait a while' : 'try again later';
    const message = `${what}: ${url.host}${throughProxy(proxy)} answered ${status} repeatedly; ${remedy}.`;
    return new TransientFailure(new HubError('server', message), { retryAfter: retryAfterOf(headers) });
  }
  const reason = headers.get('x-error-code') ?? '';
  if (status === 401 || status === 403) return refusal(file, status, reason, asker);
  if (status === 404 || status === 410) return new HubError('notFound', `${what}: ${missing(file, reason)}.`);
  return new HubError('protocol', `${what}: the hub answered ${status}; check HF_ENDPOINT.`);
}

function isTransient(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

function refusal(file: HubRevision, status: 401 | 403, reason: string, { hasToken }: Asker): HubError {
  const code = status === 401 ? 'unauthorized' : 'forbidden';
  const what = `${describeFile(file)}: the hub answered ${status}`;
  if (reason === 'GatedRepo') {
    const token = hasToken ? 'the token must be of that account' : 'set HF_TOKEN to a token of that account';
    return new HubError(
      code,
      `${what} because the repository is gated; accept its licence on its page (${file.repository}), and ${token}.`,
    );
  }
  if (!hasToken) {
    return new HubError(
      code,
      `${what} without a token; the repository is private or does not exist: check its name, or set HF_TOKEN to a token that may read it.`,
    );
  }
  return new HubError(code, `${what} to this token; set HF_TOKEN to one that may read the repository.`);
}

function missing(file: HubRevision, reason: string): string {
  if (reason === 'RevisionNotFound')
    return `the repository has no revision '${file.revision}'; check the revision`;
  if (reason === 'EntryNotFound') return 'the repository has no such file at that revision; check the path';
  if (reason === 'RepoNotFound')
    return 'the hub has no such repository; check its name, or set HF_TOKEN if it is private';
  return 'the hub has no such file (404); check the repository, the revision and the path';
}
