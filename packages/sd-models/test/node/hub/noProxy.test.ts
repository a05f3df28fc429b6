import { describe, expect, it } from 'vitest';
import { isListed } from '../../../src/node/hub/noProxy.ts';

const isBypassed = (host: string, noProxy: string) =>
  isListed(new URL(host.includes('://') ? host : `https://${host}`), noProxy);

describe('B07: NO_PROXY', () => {
  it.each([
    ['hub.example', 'hub.example'],
    ['hub.example', 'HUB.Example'],
    ['HUB.example', 'hub.example'],
    ['hub.example', 'other.example,hub.example'],
    ['hub.example', 'other.example, hub.example'],
    ['hub.example', 'other.example hub.example'],
    ['hub.example', ' hub.example ,'],
    ['cdn.hub.example', 'hub.example'],
    ['cdn.hub.example', '.hub.example'],
    ['cdn.hub.example', '*.hub.example'],
    ['hub.example', '.hub.example'],
    ['hub.example', 'example'],
    ['hub.example.', 'hub.example'],
    ['hub.example', '*'],
    ['hub.example', 'a,*'],
    ['hub.example', 'hub.example:443'],
    ['http://hub.example', 'hub.example:80'],
    ['hub.example:8443', 'hub.example:8443'],
    ['hub.example:8443', 'hub.example'],
    ['127.0.0.1:9000', '127.0.0.1'],
    ['127.0.0.1:9000', '127.0.0.1:9000'],
    ['10.1.2.3', '10.0.0.0/8'],
    ['192.168.1.7', '192.168.1.0/24'],
    ['[::1]', '::1/128'],
    ['[::1]', '[::1]'],
    ['[::1]:9000', '[::1]:9000'],
    ['[fd00::7]', 'fd00::/8'],
    ['localhost', 'localhost'],
  ])('lists %s: %s', (host, noProxy) => {
    expect(isBypassed(host, noProxy)).toBe(true);
  });

  it.each([
    ['hub.example', ''],
    ['hub.example', ','],
    ['hub.example', '.'],
    ['hub.example', 'other.example'],
    ['nothub.example', 'hub.example'],
    ['hub.example.org', 'hub.example'],
    ['hub.example', 'cdn.hub.example'],
    ['hub.example', 'hub.example:80'],
    ['http://hub.example', 'hub.example:443'],
    ['hub.example:8443', 'hub.example:443'],
    ['11.1.2.3', '10.0.0.0/8'],
    ['10.1.2.3', '10.0.0.0/99'],
    ['10.1.2.3', '10.0.0.0/x'],
    ['hub.example', '10.0.0.0/8'],
    ['110.0.0.1', '0.0.1'],
    ['[::2]', '::1/128'],
    ['localhost', '127.0.0.1'],
  ])('does not list %s: %s', (host, noProxy) => {
    expect(isBypassed(host, noProxy)).toBe(false);
  });
});
