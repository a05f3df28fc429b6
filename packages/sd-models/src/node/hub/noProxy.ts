import { BlockList, isIP } from 'node:net';

const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' };

/**
 * Whether NO_PROXY names an address's host. Entries, separated by commas or blanks, are `*` for every host, a host
 * with all its subdomains (`example.com`, `.example.com`, `*.example.com`), an IP address, or a network
 * (`10.0.0.0/8`); each may end in a port.
 */
export function isListed(url: URL, noProxy: string): boolean {
  const host = plainHost(url.hostname);
  const port = url.port || DEFAULT_PORTS[url.protocol];
  return noProxy
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => matches(entry, host, port));
}

function matches(entry: string, host: string, port: string | undefined): boolean {
  if (entry === '*') return true;
  const [network, prefix] = entry.split('/');
  if (network !== undefined && prefix !== undefined) return isInNetwork(host, network, prefix);
  const [, pattern = '', wantedPort] = /^(\[.*\]|[^:]*)(?::(\d+))?$/.exec(entry) ?? [null, entry];
  if (wantedPort !== undefined && wantedPort !== port) return false;
  const name = plainHost(pattern.replace(/^\*?\./, ''));
  return host === name || (name !== '' && isIP(host) === 0 && host.endsWith(`.${name}`));
}

/** An IPv6 address without its brackets, a name without the dot of the root. */
function plainHost(host: string): string {
  return host.toLowerCase().replace(/^\[|\]$|\.$/g, '');
}

function isInNetwork(host: string, network: string, prefix: string): boolean {
  const kind = { 0: undefined, 4: 'ipv4', 6: 'ipv6' } as const;
  const family = kind[isIP(network) as 0 | 4 | 6];
  const bits = Number(prefix);
  if (!family || isIP(host) !== isIP(network)) return false;
  if (!/^\d+$/.test(prefix) || bits > (family === 'ipv4' ? 32 : 128)) return false;
  const list = new BlockList();
  list.addSubnet(network, bits, family);
  return list.check(host, family);
}
