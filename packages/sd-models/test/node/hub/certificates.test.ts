import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HubServer } from '@lusd/testing/hubServer';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HubError } from '../../../src/hub/errors.ts';
import { connectionFailure } from '../../../src/node/hub/connectionFailure.ts';
import { downloadFile } from '../../../src/node/hub/download.ts';
import { proxyFor, proxySettings } from '../../../src/node/hub/proxy.ts';
import { TransientFailure } from '../../../src/node/hub/retry.ts';

let cacheDir = '';

beforeEach(async () => {
  for (const name of ['NODE_EXTRA_CA_CERTS', 'REQUESTS_CA_BUNDLE', 'SSL_CERT_FILE', 'CURL_CA_BUNDLE'])
    vi.stubEnv(name, '');
  cacheDir = await mkdtemp(join(tmpdir(), 'hub-cache-'));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(cacheDir, { recursive: true });
});

const read = (name: string) => readFile(new URL(`./certificates/${name}.pem`, import.meta.url), 'utf8');

describe('B07: a certificate that Node does not trust', () => {
  it.each([
    ['its own', ['selfSigned'], 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    ["a company's, with the authority", ['hub', 'authority'], 'SELF_SIGNED_CERT_IN_CHAIN'],
    ["a company's, alone", ['hub'], 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
  ])('%s, ends the download at once', async (_, files, code) => {
    const cert = (await Promise.all(files.map(read))).join('');
    const hub = await new HubServer({ key: await read('key'), cert }).start();
    const settings = { endpoint: hub.endpoint, cacheDir, token: undefined, offline: false, symlinks: true };
    const file = { repository: 'org/model', revision: 'main', path: 'unet/config.json' };
    const retry = { retries: 5, delay: 1, maxDelay: 1 };
    const failure = await downloadFile(file, { settings, retry }).catch((error: unknown) => error);
    await hub.stop();
    expect(failure).toMatchObject({ name: 'HubError', code: 'certificate' });
    expect((failure as Error).message).toMatch(
      new RegExp(
        `^'unet/config\\.json' of org/model \\(revision main\\): the certificate of 127\\.0\\.0\\.1:\\d+ is not trusted \\(${code}\\); set NODE_EXTRA_CA_CERTS to the PEM file of the authority [^.]*\\.$`,
      ),
    );
    expect(hub.connections).toBe(1);
  });
});

describe('what is said of a certificate', () => {
  const failureOf = (code: string, environment: Record<string, string> = {}) => {
    const url = new URL('https://hub.example/a');
    const proxy = proxyFor(url, proxySettings(environment));
    const cause = new TypeError('fetch failed', { cause: Object.assign(new Error('tls'), { code }) });
    return connectionFailure({ what: 'X', url, proxy }, cause);
  };

  it.each([
    ['SELF_SIGNED_CERT_IN_CHAIN', /is not trusted .* NODE_EXTRA_CA_CERTS/],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', /is not trusted .* NODE_EXTRA_CA_CERTS/],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', /is not trusted .* NODE_EXTRA_CA_CERTS/],
    ['CERT_HAS_EXPIRED', /is not valid at this time .* clock, .* NODE_EXTRA_CA_CERTS/],
    ['CERT_NOT_YET_VALID', /is not valid at this time .* clock/],
    ['ERR_TLS_CERT_ALTNAME_INVALID', /is that of another host .*; check HF_ENDPOINT\.$/],
  ])('%s is final, and names the proxy where there is one', (code, says) => {
    expect(failureOf(code)).toBeInstanceOf(HubError);
    expect(failureOf(code).message).toMatch(says);
    expect(failureOf(code).message).toMatch(/^X: the certificate of hub\.example is /);
    expect(failureOf(code, { HTTPS_PROXY: 'http://p:3128' }).message).toMatch(
      /^X: the certificate of hub\.example through the proxy of HTTPS_PROXY \(p:3128\) is /,
    );
  });

  it('names the file that is set already, or the one that other programs are told of', () => {
    vi.stubEnv('REQUESTS_CA_BUNDLE', '/etc/company.pem');
    expect(failureOf('SELF_SIGNED_CERT_IN_CHAIN').message).toContain(
      'set NODE_EXTRA_CA_CERTS to /etc/company.pem, as in REQUESTS_CA_BUNDLE,',
    );
    vi.stubEnv('NODE_EXTRA_CA_CERTS', '/etc/own.pem');
    expect(failureOf('SELF_SIGNED_CERT_IN_CHAIN').message).toContain(
      'add the authority that signed it to /etc/own.pem, the file of NODE_EXTRA_CA_CERTS',
    );
  });

  it.each(['ECONNRESET', 'ENOTFOUND', 'ETIMEDOUT', 'UND_ERR_CONNECT_TIMEOUT'])('%s may pass', (code) => {
    expect(failureOf(code)).toBeInstanceOf(TransientFailure);
    expect(failureOf(code).message).toContain(
      `(${code}); check the network and HF_ENDPOINT, or set HTTPS_PROXY if a proxy is needed,`,
    );
  });
});
