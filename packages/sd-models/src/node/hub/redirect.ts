import type { Headers, Response } from 'undici';
import { HubError } from '../../hub/errors.ts';
import type { SentRequest } from './connectionFailure.ts';

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/**
 * Where an answer sends the request on to; undefined if it does not.
 * @throws HubError `protocol` if that is no http or https address
 */
export function redirectTarget(response: Response, { what, url }: SentRequest): URL | undefined {
  const location = response.headers.get('location');
  if (!REDIRECTS.has(response.status) || location === null) return undefined;
  const target = URL.canParse(location, url.href) ? new URL(location, url) : undefined;
  if (target && /^https?:$/.test(target.protocol)) return target;
  throw new HubError(
    'protocol',
    `${what}: ${url.host} redirects to '${location}', which is not a web address; check HF_ENDPOINT.`,
  );
}

/**
 * Whether an answer is a hub's description of a file. What it redirects to is then the content, on a host that knows
 * neither commit nor checksum; without, it is another hub, as for a mirror that sends requests on.
 */
export function describesFile(headers: Headers): boolean {
  return headers.has('x-linked-etag') || (headers.has('x-repo-commit') && headers.has('etag'));
}

/** Whether a redirect leads to the same host, with TLS if there was TLS: the token goes there, and nowhere else. */
export function mayHaveToken(from: URL, to: URL): boolean {
  if (to.origin === from.origin) return true;
  return to.hostname === from.hostname && from.protocol === 'http:' && to.protocol === 'https:';
}
