import { readFile } from 'node:fs/promises';
import { HubError } from '../../hub/errors.ts';
import type { Environment } from './environment.ts';
import { hubPaths } from './paths.ts';
import { type ProxySettings, proxySettings } from './proxy.ts';

/** Where the hub and its cache are, and how to use them. */
export interface HubSettings {
  /** The hub's address without a slash at the end. */
  readonly endpoint: string;
  /** The folder that holds the `models--…` folders. */
  readonly cacheDir: string;
  readonly token: string | undefined;
  /** Serve from the cache only. */
  readonly offline: boolean;
  /** Whether snapshots link to blobs; otherwise they hold copies. */
  readonly symlinks: boolean;
  /** Proxies to reach the hub through; without, requests go straight to it. */
  readonly proxies?: ProxySettings;
}

const DEFAULT_ENDPOINT = 'https://huggingface.co';

/**
 * The settings that Python's huggingface_hub would use in this environment: HF_ENDPOINT, HF_HUB_CACHE, HF_HOME,
 * HF_TOKEN (else the file HF_TOKEN_PATH or `token` under HF_HOME), HF_HUB_OFFLINE, HF_HUB_DISABLE_SYMLINKS,
 * HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY. `~` and variables in paths are expanded.
 *
 * @throws HubError `invalid` if HF_ENDPOINT is not an http or https address, or the token's file cannot be read.
 */
export async function hubSettings(environment: Environment = process.env): Promise<HubSettings> {
  const read = (name: string) => environment[name]?.trim() || undefined;
  const { cacheDir, tokenFile } = hubPaths(environment);
  return {
    endpoint: checkEndpoint(read('HF_ENDPOINT') ?? DEFAULT_ENDPOINT),
    cacheDir,
    token: read('HF_TOKEN') ?? read('HUGGING_FACE_HUB_TOKEN') ?? (await readToken(tokenFile)),
    offline: isTrue(read('HF_HUB_OFFLINE') ?? read('TRANSFORMERS_OFFLINE')),
    symlinks: !isTrue(read('HF_HUB_DISABLE_SYMLINKS')),
    proxies: proxySettings(environment),
  };
}

function checkEndpoint(endpoint: string): string {
  const isWeb = URL.canParse(endpoint) && /^https?:$/.test(new URL(endpoint).protocol);
  if (isWeb) return endpoint.replace(/\/+$/, '');
  throw new HubError(
    'invalid',
    `HF_ENDPOINT is '${endpoint}'; set it to an http or https address, or unset it.`,
  );
}

function isTrue(value: string | undefined): boolean {
  return ['1', 'ON', 'YES', 'TRUE'].includes(value?.toUpperCase() ?? '');
}

async function readToken(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, 'utf8')).trim() || undefined;
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new HubError(
      'invalid',
      `The token's file ${path} cannot be read (${message}); fix it, or set HF_TOKEN or HF_TOKEN_PATH.`,
      { cause },
    );
  }
}
