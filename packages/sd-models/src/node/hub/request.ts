import { HubError } from './errors.ts';
import { describeFile, type HubFile } from './hubFile.ts';
import { TransientFailure } from './retry.ts';
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
  /** Headers of the last answer that the hub itself gave, before any redirect to another host. */
  readonly hub: Headers;
  /** Headers of the answer that carries the content. */
  readonly headers: Headers;
  /** The content; throws a TransientFailure when the connection is cut. Must be read, or `cancel` called. */
  readonly chunks: () => AsyncIterable<Uint8Array>;
  readonly cancel: () => Promise<void>;
}

const MAX_REDIRECTS = 10;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/**
 * Asks the hub for a file: `HEAD` for its description, which is the hub's own even where the content is on another
 * host, or `GET` for its content
 * at `commit` from byte `from` on. The token goes to the hub's own host alone.
 *
 * @throws TransientFailure for cut connections, 408, 429 and 5xx; HubError for other refusals; the signal's reason.
 */
export async function requestFile(
  method: 'HEAD' | 'GET',
  file: HubFile,
  connection: Connection,
  { from = 0, commit = file.revision } = {},
): Promise<HubAnswer> {
  const { endpoint, token } = connection.settings;
  const start = fileUrl(endpoint, { ...file, revision: commit });
  let url = start;
  let hub = new Headers();
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    const isHub = url.origin === start.origin;
    const watchdog = new Watchdog(connection.idleTimeout, connection.signal);
    const response = await send(url, file, watchdog, {
      method,
      headers: requestHeaders(isHub ? token : undefined, from),
    });
    if (isHub) hub = response.headers;
    const next = redirectTarget(response, url);
    if (!next || (method === 'HEAD' && next.origin !== start.origin)) {
      const answer = toAnswer(response, hub, file, watchdog);
      if (next || response.ok || response.status === 416) return answer;
      await answer.cancel();
      throw statusFailure(file, response, { isHub, hasToken: token !== undefined });
    }
    await toAnswer(response, hub, file, watchdog).cancel();
    url = next;
  }
  throw new HubError(
    'protocol',
    `${describeFile(file)}: ${endpoint} redirects without end; check HF_ENDPOINT.`,
  );
}

function fileUrl(endpoint: string, { repository, revision, path }: HubFile): URL {
  const encodedPath = path.split('/').map(encodeURIComponent).join('/');
  return new URL(`${endpoint}/${repository}/resolve/${encodeURIComponent(revision)}/${encodedPath}`);
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

async function send(
  url: URL,
  file: HubFile,
  watchdog: Watchdog,
  init: { method: string; headers: Record<string, string> },
): Promise<Response> {
  try {
    const response = await fetch(url, { ...init, redirect: 'manual', signal: watchdog.signal });
    watchdog.touch();
    return response;
  } catch (cause) {
    watchdog.stop();
    throw connectionFailure(file, url, cause);
  }
}

function redirectTarget(response: Response, url: URL): URL | undefined {
  const location = response.headers.get('location');
  return REDIRECTS.has(response.status) && location ? new URL(location, url) : undefined;
}

function toAnswer(response: Response, hub: Headers, file: HubFile, watchdog: Watchdog): HubAnswer {
  const chunks = async function* () {
    try {
      for await (const chunk of response.body ?? []) {
        watchdog.touch();
        yield chunk as Uint8Array;
      }
    } catch (cause) {
      throw connectionFailure(file, new URL(response.url), cause);
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

function connectionFailure(file: HubFile, url: URL, cause: unknown): TransientFailure {
  const reason = (cause as { cause?: { code?: string } }).cause?.code ?? (cause as Error).message;
  const message = `${describeFile(file)}: the connection to ${url.host} failed (${reason}); check the network and HF_ENDPOINT, and run it again to resume.`;
  return new TransientFailure(new HubError('network', message, { cause }));
}
