import { HubError } from '../../hub/errors.ts';
import type { Environment } from './environment.ts';
import { isListed } from './noProxy.ts';

/** A proxy as the environment names it; the address may hold a user and a password. */
export interface ProxyVariable {
  /** Such as `HTTPS_PROXY`, for messages. */
  readonly name: string;
  readonly value: string;
}

/** Which requests go through a proxy. */
export interface ProxySettings {
  /** For http addresses. */
  readonly http: ProxyVariable | undefined;
  /** For https addresses. */
  readonly https: ProxyVariable | undefined;
  /** NO_PROXY: hosts that are reached without. */
  readonly except: string;
}

/** A proxy to send a request through. */
export interface HttpProxy {
  readonly variable: string;
  /** Host and port, without what is secret. */
  readonly host: string;
  /** The address without user and password. */
  readonly uri: string;
  /** The value of `Proxy-Authorization`, where the variable holds a user. */
  readonly authorization: string | undefined;
}

/**
 * HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY, as curl and Python's clients read them: names in small letters win,
 * and an empty one switches the proxy off.
 */
export function proxySettings(environment: Environment): ProxySettings {
  const read = (name: string): ProxyVariable | undefined => {
    const names = [name.toLowerCase(), name];
    const set = names.find((spelling) => environment[spelling] !== undefined);
    return set === undefined ? undefined : { name: set, value: environment[set]?.trim() ?? '' };
  };
  const usable = (variable: ProxyVariable | undefined) => (variable?.value ? variable : undefined);
  return {
    http: usable(read('HTTP_PROXY') ?? read('ALL_PROXY')),
    https: usable(read('HTTPS_PROXY') ?? read('ALL_PROXY')),
    except: read('NO_PROXY')?.value ?? '',
  };
}

/**
 * The proxy that a request goes through; undefined if it goes straight to its host.
 * @throws HubError `invalid` if the variable names no http or https address
 */
export function proxyFor(url: URL, settings: ProxySettings | undefined): HttpProxy | undefined {
  const variable = url.protocol === 'https:' ? settings?.https : settings?.http;
  if (!settings || !variable || isListed(url, settings.except)) return undefined;
  return parseProxy(variable);
}

function parseProxy({ name, value }: ProxyVariable): HttpProxy {
  const address = /^[a-z][a-z\d+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  if (!URL.canParse(address)) throw noAddress(name);
  const url = new URL(address);
  if (/^socks/.test(url.protocol))
    throw new HubError(
      'invalid',
      `${name} names a SOCKS proxy, which is not supported; set HTTPS_PROXY to an http proxy, or NO_PROXY to the hosts that need no proxy.`,
    );
  if (!/^https?:$/.test(url.protocol) || url.hostname === '') throw noAddress(name);
  return { variable: name, host: url.host, uri: url.origin, authorization: authorizationOf(url) };
}

/** The value is not repeated: it may hold a password. */
function noAddress(name: string): HubError {
  return new HubError(
    'invalid',
    `${name} is not the address of a proxy; set it to one such as http://proxy.example:3128, or unset it.`,
  );
}

function authorizationOf({ username, password }: URL): string | undefined {
  if (username === '' && password === '') return undefined;
  const credentials = [username, password].map(unescaped).join(':');
  return `Basic ${Buffer.from(credentials).toString('base64')}`;
}

/** People write % in passwords without escaping it. */
function unescaped(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
