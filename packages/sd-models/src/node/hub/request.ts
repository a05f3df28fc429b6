import type { Headers, Response } from 'undici';
import { HubError } from '../../hub/errors.ts';
import { describeFile, type HubFile, type HubRevision } from '../../hub/hubFile.ts';
import { connectionFailure, type SentRequest } from './connectionFailure.ts';
import { proxyFor } from './proxy.ts';
import { describesFile, mayHaveToken, redirectTarget } from './redirect.ts';
import { send } from './send.ts';
import type { HubSettings } from './settings.ts';
import { statusFailure } from './status.ts';
import { Watchdog } from './watchdog.ts';

export interface Connection {
  readonly settings: HubSettings;
  /** A connection that stays silent this long, in ms, counts as cut. */
  readonly idleTimeout: number;
  readonly signal?: AbortSignal | undefined;
}

export interface HubAnswer {
  readonly status: number;
  /** Headers of the last answer by a hub, not those of the host that keeps the content. */
  readonly hub: Headers;
  /** Headers of the answer that carries the content. */
  readonly headers: Headers;
  /** The content; throws a TransientFailure when the connection is cut. Must be read, or `cancel` called. */
  readonly chunks: () => AsyncIterable<Uint8Array>;
  readonly cancel: () => Promise<void>;
}

const MAX_REDIRECTS = 10;

/**
 * Asks the hub for a file: `HEAD` for its description, which is a hub's even where the content is on another host, or
 * `GET` for its content at `commit` from byte `from` on.
 *
 * @throws TransientFailure for cut connections, 408, 429 and 5xx; HubError for other refusals; the signal's reason.
 */
export async function requestFile(
  method: 'HEAD' | 'GET',
  file: HubFile,
  connection: Connection,
  { from = 0, commit = file.revision } = {},
): Promise<HubAnswer> {
  const path = file.path.split('/').map(encodeURIComponent).join('/');
  const address = `${file.repository}/resolve/${encodeURIComponent(commit)}/${path}`;
  return request({ method, address, place: file, isContent: method === 'GET', from }, connection);
}

/**
 * Asks the hub's interface what it knows of a repository at a revision, the sizes and checksums of its files included.
 *
 * @throws as {@link requestFile}; HubError `protocol` where the answer is not JSON
 */
export async function requestRepository(place: HubRevision, connection: Connection): Promise<unknown> {
  const address = `api/models/${place.repository}/revision/${encodeURIComponent(place.revision)}?blobs=true`;
  const answer = await request({ method: 'GET', address, place, isContent: false, from: 0 }, connection);
  const chunks: Uint8Array[] = [];
  for await (const chunk of answer.chunks()) chunks.push(chunk);
  try {
    return JSON.parse(Buffer.concat(chunks).toString());
  } catch (cause) {
    throw new HubError(
      'protocol',
      `${describeFile(place)}: ${connection.settings.endpoint} does not list files like a hub; check HF_ENDPOINT.`,
      { cause },
    );
  }
}

interface HubRequest {
  readonly method: 'HEAD' | 'GET';
  /** Below the endpoint. */
  readonly address: string;
  /** What it is about, for messages. */
  readonly place: HubRevision;
  /** Whether another host than the endpoint's is the one that keeps contents, rather than another hub. */
  readonly isContent: boolean;
  /** The first byte that is wanted. */
  readonly from: number;
}

/**
 * Follows redirects: for a HEAD up to the hub that describes the file, for a GET up to the host that has the content.
 * The token goes to the endpoint's own host alone.
 */
async function request(
  { method, address, place, isContent, from }: HubRequest,
  { settings, idleTimeout, signal }: Connection,
): Promise<HubAnswer> {
  const what = describeFile(place);
  const start = new URL(`${settings.endpoint}/${address}`);
  let url = start;
  let token = settings.token;
  let hub: Headers | undefined;
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    const asked: SentRequest = { what, url, proxy: proxyFor(url, settings.proxies) };
    const watchdog = new Watchdog(idleTimeout, signal);
    const response = await send(asked, watchdog, { method, headers: requestHeaders(token, from) });
    const isDescribed = describesFile(response.headers);
    if (isDescribed || url.origin === start.origin) hub = response.headers;
    const answer = toAnswer(response, hub ?? response.headers, asked, watchdog);
    const next = redirectTarget(response, asked);
    if (!next) {
      if (response.ok || response.status === 416) return answer;
      await answer.cancel();
      const isHub = !isContent || url.origin === start.origin;
      throw statusFailure(asked, place, response, { isHub, hasToken: token !== undefined });
    }
    if (method === 'HEAD' && isDescribed && next.origin !== url.origin) return answer;
    await answer.cancel();
    if (!mayHaveToken(url, next)) token = undefined;
    url = next;
  }
  throw new HubError('protocol', `${what}: ${settings.endpoint} redirects too often; check HF_ENDPOINT.`);
}

function requestHeaders(token: string | undefined, from: number): Record<string, string> {
  return {
    // Sizes and ranges are those of the file itself, so no content coding is wanted.
    'accept-encoding': 'identity',
    'user-agent': 'lusd',
    ...(token ? { authorization: `Bearer ${token}` } : {}),
    ...(from > 0 ? { range: `bytes=${from}-` } : {}),
  };
}

function toAnswer(response: Response, hub: Headers, asked: SentRequest, watchdog: Watchdog): HubAnswer {
  const chunks = async function* () {
    try {
      for await (const chunk of response.body ?? []) {
        watchdog.touch();
        yield chunk as Uint8Array;
      }
    } catch (cause) {
      throw connectionFailure(asked, cause);
    } finally {
      watchdog.stop();
    }
  };
  const cancel = async () => {
    watchdog.stop();
    await response.body?.cancel();
  };
  return { status: response.status, hub, headers: response.headers, chunks, cancel };
}
