import type { Dispatcher, Response } from 'undici';
import { connectionFailure, type SentRequest } from './connectionFailure.ts';
import type { HttpProxy } from './proxy.ts';
import type { Watchdog } from './watchdog.ts';

/** One agent a proxy, so that its connections are used again. */
const agents = new Map<string, Dispatcher>();

/**
 * Sends one request, through its proxy if it has one, and follows no redirect.
 * @throws what `connectionFailure` says
 */
export async function send(
  request: SentRequest,
  watchdog: Watchdog,
  init: { readonly method: string; readonly headers: Record<string, string> },
): Promise<Response> {
  // Loaded here because only downloads need it. Node's own fetch knows proxies from version 24 on only.
  const { fetch, ProxyAgent } = await import('undici');
  const agentOf = ({ uri, authorization }: HttpProxy): Dispatcher => {
    const key = `${uri} ${authorization}`;
    const token = authorization === undefined ? {} : { token: authorization };
    // A proxy is asked for http addresses as for pages, since many open tunnels to TLS ports alone.
    const agent = agents.get(key) ?? new ProxyAgent({ uri, proxyTunnel: false, ...token });
    agents.set(key, agent);
    return agent;
  };
  const { url, proxy } = request;
  try {
    const dispatcher = proxy && { dispatcher: agentOf(proxy) };
    const response = await fetch(url, {
      ...init,
      redirect: 'manual',
      signal: watchdog.signal,
      ...dispatcher,
    });
    watchdog.touch();
    return response;
  } catch (cause) {
    watchdog.stop();
    throw connectionFailure(request, cause);
  }
}
