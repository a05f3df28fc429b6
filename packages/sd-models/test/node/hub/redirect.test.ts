import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answer, COMMIT, type Fault, gitBlobSha1, HubServer, sha256 } from '@lusd/testing/hubServer';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { downloadFile } from '../../../src/node/hub/download.ts';
import { mayHaveToken } from '../../../src/node/hub/redirect.ts';

const WEIGHTS = Buffer.alloc(100_000, 7);
const CONFIG = Buffer.from('{"in_channels": 4}\n');
const REDIRECTS = [301, 302, 307, 308];

/** The endpoint, which keeps nothing itself. */
let mirror: HubServer;
let hub: HubServer;
let cacheDir = '';

beforeEach(async () => {
  mirror = await new HubServer().start();
  hub = await new HubServer().start();
  hub.largeFiles.set('unet/model.safetensors', WEIGHTS);
  hub.smallFiles.set('unet/config.json', CONFIG);
  cacheDir = await mkdtemp(join(tmpdir(), 'hub-cache-'));
});

afterEach(async () => {
  await mirror.stop();
  await hub.stop();
  await rm(cacheDir, { recursive: true });
});

function download(path: string, endpoint = mirror.endpoint) {
  const settings = { endpoint, cacheDir, token: 'hf_secret', offline: false, symlinks: true };
  const retry = { retries: 1, delay: 1, maxDelay: 1 };
  return downloadFile({ repository: 'org/model', revision: 'main', path }, { settings, retry });
}

/** Sends a request on to another host, with a body of its own. */
function sendOn(status: number, { endpoint }: HubServer, query = ''): Fault {
  return (request: IncomingMessage, response) => {
    const body = 'Moved';
    const headers = { location: `${endpoint}${request.url}${query}`, 'content-length': body.length };
    response.writeHead(status, headers).end(request.method === 'HEAD' ? undefined : body);
  };
}

describe('B06: a mirror that sends requests on to a hub', () => {
  it.each(REDIRECTS)('with %i is followed, without the token', async (status) => {
    mirror.headFaults.push(sendOn(status, hub));
    mirror.contentFaults.push(sendOn(status, hub));
    const { path, commit } = await download('unet/config.json');
    expect(commit).toBe(COMMIT);
    expect(gitBlobSha1(await readFile(path))).toBe(gitBlobSha1(CONFIG));
    expect(mirror.hubTokens).toEqual(['Bearer hf_secret', 'Bearer hf_secret']);
    expect(hub.hubTokens).toEqual([undefined, undefined]);
  });

  it.each(REDIRECTS)('with %i is followed to the host that keeps the content', async (status) => {
    mirror.headFaults.push(sendOn(status, hub));
    mirror.contentFaults.push(sendOn(status, hub));
    const { path } = await download('unet/model.safetensors');
    expect(sha256(await readFile(path))).toBe(sha256(WEIGHTS));
    expect([...hub.hubTokens, ...hub.contentTokens]).toEqual([undefined, undefined, undefined]);
    expect(hub.log).toContainEqual(expect.stringMatching(/^HEAD hub /));
    expect(hub.log).not.toContainEqual(expect.stringMatching(/^HEAD content/));
  });

  it('is followed with a query string', async () => {
    mirror.headFaults.push(sendOn(307, hub, '?from=mirror'));
    mirror.contentFaults.push(sendOn(307, hub, '?from=mirror'));
    hub.smallFiles.set('unet/config.json?from=mirror', CONFIG);
    await download('unet/config.json');
    expect(hub.log[0]).toContain('?from=mirror');
  });

  it('is followed over several hosts', async () => {
    const between = await new HubServer().start();
    mirror.headFaults.push(sendOn(308, between));
    mirror.contentFaults.push(sendOn(308, between));
    between.headFaults.push(sendOn(302, hub));
    between.contentFaults.push(sendOn(302, hub));
    await download('unet/config.json');
    expect([...between.hubTokens, ...hub.hubTokens]).toEqual(Array.from({ length: 4 }, () => undefined));
    await between.stop();
  });

  it('and back to itself does not get the token again', async () => {
    mirror.smallFiles.set('unet/config.json', CONFIG);
    mirror.headFaults.push(sendOn(308, hub));
    hub.headFaults.push(sendOn(308, mirror));
    await download('unet/config.json');
    expect(mirror.hubTokens).toEqual(['Bearer hf_secret', undefined, 'Bearer hf_secret']);
  });

  it("has a hub's refusals told as such", async () => {
    mirror.headFaults.push(sendOn(308, hub));
    await expect(download('vae/config.json')).rejects.toMatchObject({
      code: 'notFound',
      message: expect.stringContaining('the repository has no such file at that revision'),
    });
    expect(hub.log).toHaveLength(1);
  });
});

describe('B06: an answer that describes the file itself', () => {
  it.each(REDIRECTS)(
    'with %i to a content host is not followed, and the host gets no token',
    async (status) => {
      mirror.largeFiles.set('unet/model.safetensors', WEIGHTS);
      mirror.headFaults.push((_, response) => {
        response.writeHead(status, {
          location: `${hub.endpoint}/unknown`,
          'content-length': 5,
          'x-repo-commit': COMMIT,
          'x-linked-etag': `"${sha256(WEIGHTS)}"`,
        });
        response.end();
      });
      const { path } = await download('unet/model.safetensors');
      expect(sha256(await readFile(path))).toBe(sha256(WEIGHTS));
      expect(hub.log).toEqual([]);
      expect(mirror.contentTokens).toEqual([undefined]);
    },
  );

  it('but for the commit is not followed either', async () => {
    const headers = { location: `${hub.endpoint}/unknown`, 'x-linked-etag': `"${sha256(WEIGHTS)}"` };
    mirror.headFaults.push(answer(302, headers));
    await expect(download('unet/model.safetensors')).rejects.toThrow(
      /does not give a commit and an ETag like a hub/,
    );
    expect(hub.log).toEqual([]);
  });
});

describe('redirects that lead nowhere', () => {
  it('end with a sentence where two hosts send to each other', async () => {
    for (const [from, to] of [
      [mirror, hub],
      [hub, mirror],
    ] as const)
      from.headFaults.push(...Array.from({ length: 20 }, () => sendOn(308, to)));
    await expect(download('unet/config.json')).rejects.toThrow(
      /^'unet\/config\.json' of org\/model \(revision main\): \S+ redirects too often; check HF_ENDPOINT\.$/,
    );
    expect(mirror.log.length + hub.log.length).toBe(11);
  });

  it.each(['file:///etc/passwd', 'ftp://a/b', 'http://'])('end with a sentence: %s', async (location) => {
    mirror.headFaults.push(answer(302, { location }));
    await expect(download('unet/config.json')).rejects.toThrow(
      /redirects to '.*', which is not a web address/,
    );
  });
});

it.each([
  ['http://hub.example/a', 'http://hub.example/b', true],
  ['https://hub.example/a', 'https://hub.example:443/b', true],
  ['http://hub.example/a', 'https://hub.example/a', true],
  ['http://hub.example:8080/a', 'https://hub.example:8443/a', true],
  ['https://hub.example/a', 'http://hub.example/a', false],
  ['https://hub.example/a', 'https://cdn.hub.example/a', false],
  ['https://hub.example/a', 'https://hub.example.org/a', false],
  ['http://hub.example/a', 'http://hub.example:8080/a', false],
  ['http://hub.example/a', 'https://other.example/a', false],
])('the token of %s goes on to %s: %s', (from, to, expected) => {
  expect(mayHaveToken(new URL(from), new URL(to))).toBe(expected);
});
