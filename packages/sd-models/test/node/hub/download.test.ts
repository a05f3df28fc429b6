import { lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  answer,
  COMMIT,
  cutAfter,
  flipBit,
  gitBlobSha1,
  HubServer,
  ignoreRange,
  sendContent,
  sha256,
  stallAfter,
} from '@lusd/testing/hubServer';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type DownloadOptions,
  type DownloadProgress,
  downloadFile,
  downloadManifest,
} from '../../../src/node/hub/download.ts';
import type { HubSettings } from '../../../src/node/hub/settings.ts';

const WEIGHTS = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 7919) % 251));
const CONFIG = Buffer.from('{"in_channels": 4}\n');
const RETRY = { retries: 3, delay: 1, maxDelay: 4 };

let server: HubServer;
let cacheDir = '';
let settings: HubSettings;

beforeEach(async () => {
  server = await new HubServer().start();
  server.largeFiles.set('unet/model.safetensors', WEIGHTS);
  server.smallFiles.set('unet/config.json', CONFIG);
  cacheDir = await mkdtemp(join(tmpdir(), 'hub-cache-'));
  settings = { endpoint: server.endpoint, cacheDir, token: undefined, offline: false, symlinks: true };
});

afterEach(async () => {
  await server.stop();
  await rm(cacheDir, { recursive: true });
});

function download(path = 'unet/model.safetensors', options: DownloadOptions = {}, revision = 'main') {
  const file = { repository: 'org/model', revision, path };
  return downloadFile(file, { settings, retry: RETRY, idleTimeout: 2000, ...options });
}

const folder = () => join(cacheDir, 'models--org--model');
const blobs = () => readdir(join(folder(), 'blobs'));
const blobOf = (content: Buffer) => join(folder(), 'blobs', sha256(content));

/** Nothing under the file's final names, neither the blob's nor the snapshot's. */
async function expectNoFile(): Promise<void> {
  expect(await blobs()).not.toContain(sha256(WEIGHTS));
  await expect(readdir(join(folder(), 'snapshots'))).rejects.toThrow(/ENOENT/);
}

describe('the cache layout', () => {
  it('holds a large file by its SHA-256 and links to it relatively', async () => {
    const { path, commit } = await download();
    expect(commit).toBe(COMMIT);
    expect(path).toBe(join(folder(), 'snapshots', COMMIT, 'unet', 'model.safetensors'));
    expect(await readlink(path)).toBe(join('..', '..', '..', 'blobs', sha256(WEIGHTS)));
    expect(sha256(await readFile(path))).toBe(sha256(WEIGHTS));
    expect(await readFile(join(folder(), 'refs', 'main'), 'utf8')).toBe(COMMIT);
    expect(await blobs()).toEqual([sha256(WEIGHTS)]);
  });

  it("holds a small file by git's hash", async () => {
    const { path } = await download('unet/config.json');
    expect(await readlink(path)).toBe(join('..', '..', '..', 'blobs', gitBlobSha1(CONFIG)));
    expect(await readFile(path)).toEqual(CONFIG);
  });

  it('copies where links are switched off', async () => {
    settings = { ...settings, symlinks: false };
    const { path } = await download();
    expect((await lstat(path)).isFile()).toBe(true);
    expect(sha256(await readFile(path))).toBe(sha256(WEIGHTS));
  });

  it('keeps an empty file and a name with characters that URLs escape', async () => {
    server.smallFiles.set('a b/é#1.txt', Buffer.alloc(0));
    const { path } = await download('a b/é#1.txt');
    expect(await readFile(path)).toEqual(Buffer.alloc(0));
  });

  it('follows a branch to its new commit and shares the blob', async () => {
    await download();
    server.commit = COMMIT.replaceAll('0', 'f');
    const { path } = await download();
    expect(path).toContain(server.commit);
    expect(sha256(await readFile(path))).toBe(sha256(WEIGHTS));
    expect(await readFile(join(folder(), 'refs', 'main'), 'utf8')).toBe(server.commit);
    expect(server.contentRequests()).toHaveLength(1);
  });

  it('asks nobody for a file of a commit that is there', async () => {
    await download('unet/config.json', {}, COMMIT);
    const requests = server.log.length;
    await download('unet/config.json', {}, COMMIT);
    expect(server.log).toHaveLength(requests);
    await expect(readdir(join(folder(), 'refs'))).rejects.toThrow(/ENOENT/);
  });

  it.each([
    ['../escape', 'org/model', 'main'],
    ['/etc/passwd', 'org/model', 'main'],
    ['a//b', 'org/model', 'main'],
    ['a\\..\\b', 'org/model', 'main'],
    ['config.json', 'org/../model', 'main'],
    ['config.json', 'org/model', '../../main'],
  ])('refuses the path %j of %j at %j', async (path, repository, revision) => {
    await expect(downloadFile({ path, repository, revision }, { settings })).rejects.toMatchObject({
      code: 'invalid',
    });
    expect(server.log).toEqual([]);
  });

  it('refuses an ETag that could be a path', async () => {
    server.headFaults.push(answer(200, { 'x-repo-commit': COMMIT, etag: '"../../escape"' }));
    await expect(download()).rejects.toMatchObject({ code: 'protocol' });
  });
});

describe('the token', () => {
  it("goes to the hub and not to the content's host", async () => {
    settings = { ...settings, token: 'hf_secret' };
    await download();
    expect(server.hubTokens).toEqual(['Bearer hf_secret', 'Bearer hf_secret']);
    expect(server.contentTokens).toEqual([undefined]);
  });
});

describe('broken connections', () => {
  it('resumes after cuts from where each left off', async () => {
    server.contentFaults.push(cutAfter(100_000), cutAfter(50_000));
    expect(sha256(await readFile((await download()).path))).toBe(sha256(WEIGHTS));
    const ranges = server.contentRequests().map((line) => line.split(' ')[3]);
    expect(ranges).toEqual([undefined, 'bytes=100000-', 'bytes=150000-']);
    expect(await blobs()).toEqual([sha256(WEIGHTS)]);
  });

  it('gives up after the retries, leaves the part and resumes it in the next run', async () => {
    server.contentFaults.push(cutAfter(100_000), ...Array.from({ length: 4 }, () => cutAfter(0)));
    await expect(download()).rejects.toThrow(
      /'unet\/model\.safetensors' of org\/model \(revision main\): the connection to .* failed .*resume/,
    );
    await expectNoFile();
    expect(await blobs()).toEqual([`${sha256(WEIGHTS)}.incomplete`]);
    expect(sha256(await readFile((await download()).path))).toBe(sha256(WEIGHTS));
    expect(server.contentRequests().at(-1)).toContain('bytes=100000-');
  });

  it('counts a silent connection as cut', async () => {
    server.contentFaults.push(stallAfter(60_000));
    expect(sha256(await readFile((await download(undefined, { idleTimeout: 200 })).path))).toBe(
      sha256(WEIGHTS),
    );
    expect(server.contentRequests().at(-1)).toContain('bytes=60000-');
  });

  it('starts over where the server ignores the range', async () => {
    server.contentFaults.push(cutAfter(100_000), ignoreRange);
    expect(sha256(await readFile((await download()).path))).toBe(sha256(WEIGHTS));
  });

  it('does not retry for ever where the server ignores ranges and always cuts', async () => {
    const cutWhole: typeof ignoreRange = (_, response, content) => {
      response.writeHead(200, { 'content-length': content.length });
      response.write(content.subarray(0, 1000), () => setTimeout(() => response.destroy(), 20));
    };
    server.contentFaults.push(...Array.from({ length: 50 }, () => cutWhole));
    await expect(download()).rejects.toMatchObject({ code: 'network' });
    expect(server.contentFaults.length).toBeGreaterThan(40);
  });

  it.each([
    ['too long', Buffer.concat([WEIGHTS, WEIGHTS])],
    ['wrong', Buffer.alloc(1000, 1)],
  ])('discards a part of an earlier run that is %s', async (_, part) => {
    await mkdir(join(folder(), 'blobs'), { recursive: true });
    await writeFile(`${blobOf(WEIGHTS)}.incomplete`, part);
    expect(sha256(await readFile((await download()).path))).toBe(sha256(WEIGHTS));
  });

  it('takes a whole part for the file without asking for it', async () => {
    await mkdir(join(folder(), 'blobs'), { recursive: true });
    await writeFile(`${blobOf(WEIGHTS)}.incomplete`, WEIGHTS);
    expect(sha256(await readFile((await download()).path))).toBe(sha256(WEIGHTS));
    expect(server.contentRequests()).toEqual([]);
  });

  it('names the host that cannot be reached', async () => {
    settings = { ...settings, endpoint: 'http://127.0.0.1:9' };
    await expect(download()).rejects.toThrow(
      /the connection to 127\.0\.0\.1:9 failed.*check the network and HF_ENDPOINT/,
    );
  });
});

describe('wrong content', () => {
  it('fetches a corrupt file once more', async () => {
    server.contentFaults.push(flipBit);
    expect(sha256(await readFile((await download()).path))).toBe(sha256(WEIGHTS));
    expect(await blobs()).toEqual([sha256(WEIGHTS)]);
  });

  it.each([['unet/model.safetensors'], ['unet/config.json']])(
    'refuses %s that stays corrupt and leaves nothing',
    async (path) => {
      server.contentFaults.push(flipBit, flipBit);
      await expect(download(path)).rejects.toThrow(
        /the checksum of the download is [0-9a-f]+ instead of [0-9a-f]+; it was deleted/,
      );
      expect(await blobs()).toEqual([]);
      await expectNoFile();
    },
  );

  it('starts afresh where the file changes midway', async () => {
    const changed = Buffer.from('{"in_channels": 9}\n');
    server.contentFaults.push((request, response, content) => {
      server.smallFiles.set('unet/config.json', changed);
      cutAfter(5)(request, response, content);
    });
    expect(await readFile((await download('unet/config.json')).path)).toEqual(changed);
  });

  it('notices a GET that answers with another ETag than the HEAD', async () => {
    server.contentFaults.push((request, response, content) => {
      response.setHeader('etag', '"another"');
      sendContent(request, response, content);
    });
    expect(await readFile((await download('unet/config.json')).path)).toEqual(CONFIG);
    expect(server.contentRequests()).toHaveLength(2);
  });
});

describe('refusals', () => {
  it.each([
    [
      401,
      {},
      undefined,
      'unauthorized',
      /without a token; the repository is private or does not exist.*set HF_TOKEN/,
    ],
    [401, {}, 'hf_old', 'unauthorized', /answered 401 to this token; set HF_TOKEN to one that may read/],
    [
      403,
      { 'x-error-code': 'GatedRepo' },
      undefined,
      'forbidden',
      /gated; accept its licence on its page \(org\/model\), and set HF_TOKEN/,
    ],
    [
      403,
      { 'x-error-code': 'GatedRepo' },
      'hf_x',
      'forbidden',
      /accept its licence .* the token must be of that account/,
    ],
    [404, { 'x-error-code': 'EntryNotFound' }, undefined, 'notFound', /no such file at that revision/],
    [404, { 'x-error-code': 'RevisionNotFound' }, undefined, 'notFound', /no revision 'main'/],
    [404, { 'x-error-code': 'RepoNotFound' }, undefined, 'notFound', /no such repository/],
    [404, {}, undefined, 'notFound', /no such file \(404\)/],
    [418, {}, undefined, 'protocol', /the hub answered 418; check HF_ENDPOINT/],
  ])('%i %j with the token %s is final', async (status, headers, token, code, message) => {
    settings = { ...settings, token };
    server.headFaults.push(answer(status, headers as Record<string, string>));
    const error = await download().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: 'HubError', code, message: expect.stringMatching(message) });
    expect((error as Error).message).toContain("'unet/model.safetensors' of org/model");
    expect((error as Error).message).not.toContain('hf_');
    expect(server.log).toHaveLength(1);
  });

  it('waits as long as a 429 says', async () => {
    server.contentFaults.push(answer(429, { 'retry-after': '1' }));
    const start = performance.now();
    await download('unet/config.json');
    expect(performance.now() - start).toBeGreaterThan(990);
  });

  it('does not wait for an hour', async () => {
    server.headFaults.push(answer(429, { 'retry-after': '3600' }));
    await expect(download()).rejects.toMatchObject({ code: 'server' });
    expect(server.log).toHaveLength(1);
  });

  it('retries 500, 503 and an expired link of the content host', async () => {
    server.headFaults.push(answer(500));
    server.contentFaults.push(answer(503), answer(403));
    expect(sha256(await readFile((await download()).path))).toBe(sha256(WEIGHTS));
  });

  it('gives up on a server that keeps erring', async () => {
    server.headFaults.push(...Array.from({ length: 4 }, () => answer(500)));
    await expect(download()).rejects.toThrow(/answered 500 repeatedly; try again later/);
    expect(server.headFaults).toEqual([]);
  });

  it('follows redirects on the hub, but not for ever', async () => {
    const moved = answer(307, { location: '/org/model/resolve/main/unet/config.json' });
    server.headFaults.push(moved, moved);
    expect(await readFile((await download('unet/config.json')).path)).toEqual(CONFIG);
    server.headFaults.push(...Array.from({ length: 11 }, () => moved));
    await expect(download('unet/config.json')).rejects.toThrow(/redirects too often/);
  });

  it('wants a hub', async () => {
    server.headFaults.push(answer(200, { etag: '"abc"' }));
    await expect(download()).rejects.toThrow(
      /does not give a commit and an ETag like a hub; check HF_ENDPOINT/,
    );
  });
});

describe('offline mode', () => {
  it('serves what is cached, by branch and by commit, and asks nobody', async () => {
    const { path } = await download();
    const requests = server.log.length;
    settings = { ...settings, offline: true };
    expect(await download()).toEqual({ path, commit: COMMIT });
    expect(await download(undefined, {}, COMMIT)).toEqual({ path, commit: COMMIT });
    expect(server.log).toHaveLength(requests);
  });

  it('names what is not cached', async () => {
    settings = { ...settings, offline: true };
    await expect(download()).rejects.toThrow(
      /'unet\/model\.safetensors' of org\/model \(revision main\) is missing from the cache .* unset HF_HUB_OFFLINE/,
    );
    expect(server.log).toEqual([]);
  });
});

describe('a cache that cannot be written', () => {
  it('is named with the file and the remedy', async () => {
    await writeFile(join(cacheDir, 'file'), '');
    settings = { ...settings, cacheDir: join(cacheDir, 'file', 'hub') };
    const failure = download();
    await expect(failure).rejects.toThrow(
      /'unet\/model\.safetensors' of org\/model .*file\/hub failed \(ENOTDIR.*set HF_HOME to another folder/,
    );
    await expect(failure).rejects.toMatchObject({ code: 'storage', cause: { code: 'ENOTDIR' } });
  });
});

describe('progress and aborting', () => {
  it('reports growing bytes up to the total, also across a cut', async () => {
    const reports: DownloadProgress[] = [];
    server.contentFaults.push(cutAfter(100_000));
    await download(undefined, { onProgress: (report) => reports.push(report) });
    const received = reports.map((report) => report.received);
    expect(received).toEqual([...received].sort((a, b) => a - b));
    expect(reports.at(-1)).toEqual({
      file: 'unet/model.safetensors',
      received: WEIGHTS.length,
      total: WEIGHTS.length,
    });
  });

  it("stops with the signal's reason and keeps the part", async () => {
    const controller = new AbortController();
    server.contentFaults.push(stallAfter(60_000));
    const onProgress = ({ received }: DownloadProgress) => {
      if (received === 60_000) controller.abort(new Error('the user changed his mind'));
    };
    await expect(download(undefined, { onProgress, signal: controller.signal })).rejects.toThrow(
      'changed his mind',
    );
    await expectNoFile();
    expect(await blobs()).toEqual([`${sha256(WEIGHTS)}.incomplete`]);
  });

  it('stops while it waits for a retry', async () => {
    const controller = new AbortController();
    server.headFaults.push(answer(429, { 'retry-after': '200' }));
    setTimeout(() => controller.abort(new Error('enough')), 50);
    await expect(download(undefined, { signal: controller.signal })).rejects.toThrow('enough');
  });
});

describe('concurrent downloads', () => {
  it('agree, whatever their order', async () => {
    server.contentFaults.push(cutAfter(70_000), cutAfter(120_000), flipBit);
    const results = await Promise.all(Array.from({ length: 4 }, () => download()));
    for (const { path } of results) expect(sha256(await readFile(path))).toBe(sha256(WEIGHTS));
    expect((await blobs()).filter((name) => !name.endsWith('.incomplete'))).toEqual([sha256(WEIGHTS)]);
    expect(await readdir(join(folder(), 'snapshots', COMMIT, 'unet'))).toEqual(['model.safetensors']);
  });
});

describe('downloadManifest', () => {
  const manifest = (overrides = {}) => ({
    name: 'model',
    repository: 'org/model',
    revision: 'main',
    license: { name: 'MIT', url: 'https://opensource.org/license/mit' },
    files: [
      { path: 'unet/config.json', size: CONFIG.length, sha256: sha256(CONFIG) },
      { path: 'unet/model.safetensors', size: WEIGHTS.length, sha256: null, ...overrides },
    ],
  });

  it("returns the snapshot's folder, all of one commit", async () => {
    const snapshot = await downloadManifest(manifest(), { settings });
    expect(snapshot).toBe(join(folder(), 'snapshots', COMMIT));
    expect(await readFile(join(snapshot, 'unet', 'config.json'))).toEqual(CONFIG);
    expect(server.log.filter((line) => line.includes('safetensors'))[0]).toContain(`/resolve/${COMMIT}/`);
  });

  it.each([
    [{ sha256: sha256(CONFIG) }, /ETag [0-9a-f]{64}, the manifest says 300000 bytes with SHA-256/],
    [{ size: 5 }, /the hub has 300000 bytes .* the manifest says 5 bytes; update/],
  ])('refuses another file than the manifest pins (%j), before its content', async (overrides, message) => {
    await expect(downloadManifest(manifest(overrides), { settings })).rejects.toThrow(message);
    expect(server.contentRequests()).toHaveLength(1);
  });

  it("checks a small file against the manifest's SHA-256", async () => {
    const wrong = {
      ...manifest(),
      files: [{ path: 'unet/config.json', size: CONFIG.length, sha256: sha256(WEIGHTS) }],
    };
    await expect(downloadManifest(wrong, { settings, retry: RETRY })).rejects.toMatchObject({
      code: 'integrity',
    });
    expect(await blobs()).toEqual([]);
  });

  it('does not take a cached file of another size', async () => {
    const snapshot = await downloadManifest(manifest(), { settings });
    await rm(join(snapshot, 'unet', 'config.json'));
    await writeFile(join(snapshot, 'unet', 'config.json'), '{');
    await expect(
      downloadManifest(manifest(), { settings: { ...settings, offline: true } }),
    ).rejects.toMatchObject({
      code: 'offline',
    });
    await downloadManifest(manifest(), { settings });
    expect(await readFile(join(snapshot, 'unet', 'config.json'))).toEqual(CONFIG);
  });
});
