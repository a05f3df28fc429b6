import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Fault, flipBit, HubServer } from '@lusd/testing/hubServer';
import { ProxyServer } from '@lusd/testing/proxyServer';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { lusd, lusdBeside, ONE_ERROR, SHAPES, temporaryFolder } from '../lusd.ts';
import { filesOf } from '../pictures.ts';

const CERTIFICATES = fileURLToPath(
  new URL('../../../sd-models/test/node/hub/certificates/', import.meta.url),
);
const certificate = (name: string) => readFileSync(join(CERTIFICATES, `${name}.pem`), 'utf8');

/** The small model as a repository has it, with files that are not needed. */
const MODEL = filesOf(SHAPES);
const OTHERS = ['.gitattributes', 'README.md', 'model.ckpt', 'unet/diffusion_pytorch_model.bin'];

function serveModel(hub: HubServer): void {
  for (const name of OTHERS) hub.smallFiles.set(name, Buffer.from(name));
  for (const [name, content] of Object.entries(MODEL))
    (name.endsWith('.safetensors') ? hub.largeFiles : hub.smallFiles).set(name, content);
}

let hub: HubServer;
let home: string;

beforeEach(async () => {
  hub = await new HubServer().start();
  serveModel(hub);
  home = temporaryFolder();
});

afterEach(() => hub.stop());

const pull = (env: Record<string, string>, ...args: string[]) =>
  lusdBeside({ env: { HF_HOME: home, HF_ENDPOINT: hub.endpoint, ...env } }, 'weights', 'pull', ...args);

describe('B30: lusd weights pull org/name', () => {
  test('makes a folder that the model is loaded from, without what is not needed', async () => {
    const { code, stderr, events } = await pull({}, 'org/model', '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(events[0]).toMatchObject({
      event: 'pull',
      repository: 'org/model',
      license: { name: 'creativeml-openrail-m', url: `${hub.endpoint}/org/model` },
    });
    const folder = String(events.at(-1)?.path);
    expect(relative(home, folder)).toMatch(/^hub\/models--org--model\/snapshots\/[0-9a-f]{40}$/);
    const pulled = filesOf(folder);
    const needed = Object.keys(MODEL).filter((name) => !name.endsWith('.md'));
    expect(Object.keys(pulled)).toEqual(needed);
    for (const name of needed) expect(pulled[name]?.equals(MODEL[name] ?? Buffer.alloc(0)), name).toBe(true);
    expect(events[0]?.bytes).toBe(needed.reduce((total, name) => total + (MODEL[name]?.length ?? 0), 0));
    expect(lusd('weights', 'inspect', folder)).toMatchObject({ code: 0 });

    const requests = hub.contentRequests().length;
    expect(await pull({}, 'org/model')).toMatchObject({ code: 0 });
    // Only the listing.
    expect(hub.contentRequests()).toHaveLength(requests + 1);
  });

  test.each<[args: string[], says: RegExp]>([
    [['org/other'], /^error: org\/other \(revision main\): the hub has no such repository; check its name/m],
    [
      ['org/model', '--variant', 'bf16'],
      /has no weights of the variant 'bf16' in unet, but .* choose another variant\.$/,
    ],
  ])('tells what cannot be: %j', async (args, says) => {
    const { code, stderr } = await pull({}, ...args);
    expect(code).toBe(1);
    expect(stderr).toMatch(ONE_ERROR);
    expect(stderr).toMatch(says);
  });

  test('tells that a repository has pickles only', async () => {
    for (const name of hub.largeFiles.keys())
      hub.smallFiles.set(name.replace(/\.safetensors$/, '.bin'), Buffer.alloc(1));
    hub.largeFiles.clear();
    const { code, stderr } = await pull({}, 'org/model');
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /has no safetensors files in unet, only diffusion_pytorch_model\.bin, which could run code/,
    );
    expect(hub.log).toHaveLength(1);
  });

  test.each([
    [
      ['sd3'],
      /'sd3' is invalid.*: allowed choices are sd15, .*, or a repository as organisation\/name; see --help\.$/,
    ],
    [['a/b/c'], /'a\/b\/c' is invalid/],
    [
      ['sd15', '--revision', 'v1'],
      /sd15 has one revision and one variant; --revision and --variant need organisation\/name/,
    ],
  ])('wrong usage is told: %j', (args, says) => {
    const { code, stderr } = lusd('weights', 'pull', ...args);
    expect(code).toBe(2);
    expect(stderr).toMatch(ONE_ERROR);
    expect(stderr).toMatch(says);
  });
});

describe('weights of which sizes and checksums are not published', () => {
  beforeEach(() => {
    hub.repository = 'timm/vit_small_patch16_224.dino';
    hub.largeFiles.clear();
    hub.largeFiles.set('model.safetensors', Buffer.alloc(5_000_000, 1));
  });

  test("are verified by the hub's", async () => {
    hub.contentFaults.push(flipBit);
    const { code, stderr } = await pull({}, 'dino-s16');
    expect(code).toBe(0);
    expect(stderr).toMatch(
      /DINO ViT-S\/16: size not known of timm\/vit_small_patch16_224\.dino\. Licence: Apache-2\.0/,
    );
    const [folder = ''] = /\S+\/snapshots\/[0-9a-f]{40}/.exec(stderr) ?? [];
    expect(Object.keys(filesOf(folder))).toEqual(['model.safetensors']);
    expect(hub.contentRequests().filter((line) => line.startsWith('GET content'))).toHaveLength(2);
  });

  test('are refused where the manifest has another checksum', async () => {
    hub.repository = 'timm/vit_base_patch8_224.dino';
    const { code, stderr } = await pull({}, 'dino-b8');
    expect(code).toBe(1);
    expect(stderr).toMatch(/01be14b99784a4c0970a5703214513588daf27014e908ac7ea08967b7bd80f5f/);
    expect(hub.contentRequests()).toEqual([]);
  });
});

describe('B07: an https hub that only a proxy reaches, with a certificate of the company', () => {
  let company: HubServer;
  let proxy: ProxyServer;

  async function start(name: string): Promise<Record<string, string>> {
    company = await new HubServer({ key: certificate('key'), cert: certificate(name) }).start();
    serveModel(company);
    proxy = await new ProxyServer().start();
    proxy.credentials = 'user:secret';
    proxy.hosts.set('hub.example:443', company.port);
    return {
      HF_ENDPOINT: 'https://hub.example',
      HTTPS_PROXY: proxy.address.replace('//', '//user:secret@'),
      NO_PROXY: '127.0.0.1',
      NODE_EXTRA_CA_CERTS: join(CERTIFICATES, 'authority.pem'),
    };
  }

  afterEach(async () => {
    await company.stop();
    await proxy.stop();
  });

  test('is downloaded from', async () => {
    const env = await start('hub');
    const { code, stderr } = await pull(env, 'org/model', '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(new Set(proxy.log)).toEqual(new Set(['CONNECT hub.example:443']));
  });

  test('B06: keeps the token where http leads to https of the same host, and nowhere else', async () => {
    const { NODE_EXTRA_CA_CERTS = '' } = await start('hub');
    const sendOn: Fault = ({ url }, response) => {
      response.writeHead(308, { location: `${company.endpoint}${url}` }).end();
    };
    hub.smallFiles.clear();
    hub.largeFiles.clear();
    for (const faults of [hub.listingFaults, hub.headFaults, hub.contentFaults])
      faults.push(...Array.from({ length: 50 }, () => sendOn));
    const { code, stderr } = await pull({ NODE_EXTRA_CA_CERTS, HF_TOKEN: 'hf_token' }, 'org/model', '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(new Set([...hub.hubTokens, ...company.hubTokens])).toEqual(new Set(['Bearer hf_token']));
    expect(company.hubTokens.length).toBeGreaterThan(10);
    expect(new Set(company.contentTokens)).toEqual(new Set([undefined]));
  });

  test.each([
    ['hub', '', /is not trusted \(\w+\); set NODE_EXTRA_CA_CERTS to .*the PEM file/],
    ['selfSigned', '', /is not trusted \(DEPTH_ZERO_SELF_SIGNED_CERT\); set NODE_EXTRA_CA_CERTS/],
    [
      'expired',
      null,
      /is not valid at this time \(CERT_HAS_EXPIRED\); check this machine's clock, .* NODE_EXTRA_CA_CERTS/,
    ],
    [
      'otherHost',
      null,
      /is that of another host \(ERR_TLS_CERT_ALTNAME_INVALID\); check HF_ENDPOINT and HTTPS_PROXY/,
    ],
  ])('is refused at once where its certificate is %s', async (name, authority, says) => {
    const env = await start(name);
    const trust = authority === null ? {} : { NODE_EXTRA_CA_CERTS: authority };
    const { code, stderr } = await pull({ ...env, ...trust }, 'org/model');
    expect(code).toBe(1);
    expect(stderr).toMatch(ONE_ERROR);
    expect(stderr).toMatch(says);
    expect(stderr).toMatch(
      /the certificate of hub\.example through the proxy of HTTPS_PROXY \(127\.0\.0\.1:\d+\) is/,
    );
    expect(stderr).not.toMatch(/secret/);
    expect(proxy.log).toHaveLength(1);
  });
});
