import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gitBlobSha1, HubServer, sha256 } from '@lusd/testing/hubServer';
import { ProxyServer } from '@lusd/testing/proxyServer';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { downloadFile } from '../../../src/node/hub/download.ts';
import { proxyFor, proxySettings } from '../../../src/node/hub/proxy.ts';
import { hubSettings } from '../../../src/node/hub/settings.ts';

describe('the environment', () => {
  const proxyOf = (address: string, environment: Record<string, string>) =>
    proxyFor(new URL(address), proxySettings(environment));

  it.each([
    ['https://a', { HTTPS_PROXY: 'http://p:3128' }, 'HTTPS_PROXY', 'http://p:3128'],
    ['https://a', { https_proxy: 'http://p:3128' }, 'https_proxy', 'http://p:3128'],
    ['https://a', { https_proxy: 'http://p:1', HTTPS_PROXY: 'http://q:2' }, 'https_proxy', 'http://p:1'],
    ['http://a', { HTTP_PROXY: 'http://p:3128' }, 'HTTP_PROXY', 'http://p:3128'],
    ['http://a', { http_proxy: 'http://p:3128/' }, 'http_proxy', 'http://p:3128'],
    ['https://a', { HTTPS_PROXY: 'p:3128' }, 'HTTPS_PROXY', 'http://p:3128'],
    ['https://a', { HTTPS_PROXY: ' https://p ' }, 'HTTPS_PROXY', 'https://p'],
    ['https://a', { ALL_PROXY: 'http://p:3128' }, 'ALL_PROXY', 'http://p:3128'],
    ['https://a', { ALL_PROXY: 'http://p:1', HTTPS_PROXY: 'http://q:2' }, 'HTTPS_PROXY', 'http://q:2'],
    ['https://a', { HTTPS_PROXY: 'http://p:1', NO_PROXY: 'b' }, 'HTTPS_PROXY', 'http://p:1'],
  ])('%s with %j goes through %s', (address, environment, variable, uri) => {
    expect(proxyOf(address, environment)).toMatchObject({ variable, uri });
  });

  it.each([
    ['https://a', {}],
    ['https://a', { HTTP_PROXY: 'http://p:3128' }],
    ['http://a', { HTTPS_PROXY: 'http://p:3128' }],
    ['https://a', { HTTPS_PROXY: '' }],
    ['https://a', { HTTPS_PROXY: 'http://p:3128', https_proxy: '' }],
    ['https://a', { HTTPS_PROXY: 'http://p:3128', NO_PROXY: 'a' }],
    ['https://a', { HTTPS_PROXY: 'http://p:3128', no_proxy: 'a' }],
    ['https://a', { HTTPS_PROXY: 'http://p:3128', no_proxy: 'a', NO_PROXY: 'b' }],
  ])('%s with %j goes straight', (address, environment) => {
    expect(proxyOf(address, environment)).toBeUndefined();
  });

  it.each([
    ['http://user:secret@p:3128', 'user:secret'],
    ['user:secret@p:3128', 'user:secret'],
    ['http://user:p%40ss%2Fword@p', 'user:p@ss/word'],
    ['http://user:100%@p', 'user:100%'],
    ['http://user@p', 'user:'],
  ])('takes user and password from %s', (HTTPS_PROXY, credentials) => {
    const proxy = proxyOf('https://a', { HTTPS_PROXY });
    expect(proxy?.authorization).toBe(`Basic ${Buffer.from(credentials).toString('base64')}`);
    expect(proxy?.uri).not.toContain('user');
  });

  it.each([
    ['socks5://user:secret@p:1080', /HTTPS_PROXY names a SOCKS proxy, which is not supported; set/],
    ['ftp://user:secret@p', /HTTPS_PROXY is not the address of a proxy; set it to one such as http:/],
    ['http://user:secret@:x', /HTTPS_PROXY is not the address of a proxy/],
  ])('refuses %s without repeating the password', (HTTPS_PROXY, says) => {
    expect(() => proxyOf('https://a', { HTTPS_PROXY })).toThrow(says);
    expect(() => proxyOf('https://a', { HTTPS_PROXY })).not.toThrow(/secret/);
  });
});

describe('B07: a hub that only a proxy reaches', () => {
  const WEIGHTS = Buffer.alloc(100_000, 7);
  const CONFIG = Buffer.from('{}\n');
  let hub: HubServer;
  let proxy: ProxyServer;
  let cacheDir = '';

  beforeEach(async () => {
    hub = await new HubServer().start();
    hub.largeFiles.set('unet/model.safetensors', WEIGHTS);
    hub.smallFiles.set('unet/config.json', CONFIG);
    proxy = await new ProxyServer().start();
    proxy.hosts.set('hub.example:80', hub.port);
    cacheDir = await mkdtemp(join(tmpdir(), 'hub-cache-'));
  });

  afterEach(async () => {
    await hub.stop();
    await proxy.stop();
    await rm(cacheDir, { recursive: true });
  });

  async function download(path: string, environment: Record<string, string>, token?: string) {
    const settings = await hubSettings({
      HF_ENDPOINT: 'http://hub.example',
      HF_HUB_CACHE: cacheDir,
      HF_TOKEN: token ?? 'hf_secret',
      ...environment,
    });
    const file = { repository: 'org/model', revision: 'main', path };
    return downloadFile(file, { settings, retry: { retries: 1, delay: 1, maxDelay: 1 }, idleTimeout: 5000 });
  }

  it('is read through it, its content host too', async () => {
    const { path } = await download('unet/model.safetensors', { HTTP_PROXY: proxy.address });
    expect(sha256(await readFile(path))).toBe(sha256(WEIGHTS));
    const hosts = proxy.log.map((line) => line.replace(/^(\w+) http:\/\/([^/]+).*/, '$1 $2'));
    expect(hosts).toEqual([
      'HEAD hub.example',
      'GET hub.example',
      expect.stringMatching(/^GET 127\.0\.0\.1:\d+$/),
    ]);
    expect(proxy.tokens).toEqual(['Bearer hf_secret', 'Bearer hf_secret', undefined]);
  });

  it('is read with the user and the password of the variable', async () => {
    proxy.credentials = 'user:pass word';
    const http_proxy = proxy.address.replace('//', '//user:pass%20word@');
    const { path } = await download('unet/config.json', { http_proxy });
    expect(gitBlobSha1(await readFile(path))).toBe(gitBlobSha1(CONFIG));
  });

  it('a host of NO_PROXY is reached without', async () => {
    const environment = { HTTP_PROXY: proxy.address, HF_ENDPOINT: hub.endpoint, NO_PROXY: '127.0.0.0/8' };
    await download('unet/config.json', environment);
    expect(proxy.log).toEqual([]);
  });

  it.each([
    [
      'no credentials',
      'http://',
      /the proxy of HTTP_PROXY \(127\.0\.0\.1:\d+\) requires a user and a password \(407\); set HTTP_PROXY to http:\/\/user:password@127/,
    ],
    [
      'others',
      'http://user:wrong@',
      /the proxy of HTTP_PROXY \(127\.0\.0\.1:\d+\) rejects the user and password in HTTP_PROXY \(407\); correct them\.$/,
    ],
  ])('a proxy that wants credentials, given %s, ends the download', async (_, start, says) => {
    proxy.credentials = 'user:secret';
    const failure = download('unet/config.json', { HTTP_PROXY: proxy.address.replace('http://', start) });
    await expect(failure).rejects.toThrow(says);
    await expect(failure).rejects.not.toThrow(/secret|wrong/);
    await expect(failure).rejects.toMatchObject({ name: 'HubError', code: 'network' });
    expect(proxy.log).toHaveLength(1);
  });

  it('a proxy that cannot be reached is named', async () => {
    await expect(
      download('unet/config.json', { HTTP_PROXY: 'http://user:secret@127.0.0.1:9' }),
    ).rejects.toThrow(
      /the connection to hub\.example through the proxy of HTTP_PROXY \(127\.0\.0\.1:9\) failed \(ECONNREFUSED\); check the network, HF_ENDPOINT and HTTP_PROXY \(NO_PROXY names hosts that need no proxy\), and run it again/,
    );
  });

  it('a proxy that errs in place of the hub is named', async () => {
    proxy.refusal = 502;
    await expect(download('unet/config.json', { HTTP_PROXY: proxy.address })).rejects.toThrow(
      /hub\.example through the proxy of HTTP_PROXY \(127\.0\.0\.1:\d+\) answered 502 repeatedly; try again later/,
    );
  });

  describe('https', () => {
    const https = { HF_ENDPOINT: 'https://hub.example' };

    it.each([
      [407, 1, /the proxy of HTTPS_PROXY .* requires a user and a password \(407\)/],
      [
        403,
        1,
        /the proxy of HTTPS_PROXY .* refuses to connect to hub\.example \(403\); ask its administrator, or add the host to NO_PROXY/,
      ],
      [
        502,
        2,
        /the connection to hub\.example through the proxy of HTTPS_PROXY .* failed \(the proxy answered 502\)/,
      ],
    ])('a tunnel refused with %i is told after %i attempts', async (status, attempts, says) => {
      proxy.refusal = status;
      await expect(download('unet/config.json', { ...https, HTTPS_PROXY: proxy.address })).rejects.toThrow(
        says,
      );
      expect(proxy.log).toEqual(Array.from({ length: attempts }, () => 'CONNECT hub.example:443'));
    });

    it('a host behind the tunnel that has no TLS is told', async () => {
      proxy.hosts.set('hub.example:443', hub.port);
      await expect(download('unet/config.json', { ...https, HTTPS_PROXY: proxy.address })).rejects.toThrow(
        /hub\.example does not use TLS, which https requires; write http:\/\/ in HF_ENDPOINT\.$/,
      );
      expect(proxy.log).toHaveLength(1);
    });

    it('a proxy without TLS whose address says https is told', async () => {
      const HTTPS_PROXY = proxy.address.replace('http:', 'https:');
      await expect(download('unet/config.json', { ...https, HTTPS_PROXY })).rejects.toThrow(
        /127\.0\.0\.1:\d+ does not use TLS, which https requires; write http:\/\/ in HTTPS_PROXY\.$/,
      );
    });
  });
});
