import { mkdir, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answer, COMMIT, HubServer, sha256 } from '@lusd/testing/hubServer';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pipelineFiles } from '../../../src/hub/pipelineFiles.ts';
import { findCachedRepository, findSnapshotIn } from '../../../src/node/hub/cachedRepository.ts';
import { downloadManifest } from '../../../src/node/hub/download.ts';
import { listRepository } from '../../../src/node/hub/listRepository.ts';
import type { HubSettings } from '../../../src/node/hub/settings.ts';

const MAIN = { repository: 'org/model', revision: 'main' };
const OTHER_COMMIT = COMMIT.replaceAll('0', 'f');
const RETRY = { retries: 1, delay: 1, maxDelay: 1 };

let cacheDir = '';
let settings: HubSettings;

beforeEach(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), 'hub-cache-'));
  settings = { endpoint: 'http://127.0.0.1:9', cacheDir, token: undefined, offline: false, symlinks: true };
});

afterEach(() => rm(cacheDir, { recursive: true }));

describe('B30: a listing', () => {
  let hub: HubServer;

  beforeEach(async () => {
    hub = await new HubServer().start();
    hub.smallFiles.set('unet/config.json', Buffer.from('{}\n'));
    hub.largeFiles.set('unet/model.safetensors', Buffer.alloc(100_000, 3));
    settings = { ...settings, endpoint: hub.endpoint };
  });

  afterEach(() => hub.stop());

  it('names commit, licence, and the files with what is known of them', async () => {
    expect(await listRepository(MAIN, { settings })).toEqual({
      ...MAIN,
      commit: COMMIT,
      license: 'creativeml-openrail-m',
      files: [
        { path: 'unet/config.json', size: 3 },
        {
          path: 'unet/model.safetensors',
          size: 100_000,
          sha256: sha256(Buffer.alloc(100_000, 3)),
        },
      ],
    });
  });

  it('is downloaded at its commit, and its revision stands for that', async () => {
    const listing = await listRepository(MAIN, { settings });
    const folder = await downloadManifest(listing, { settings });
    expect(sha256(await readFile(join(folder, 'unet', 'model.safetensors')))).toBe(
      sha256(Buffer.alloc(100_000, 3)),
    );
    expect(hub.log.slice(1).every((line) => line.includes(COMMIT) || line.includes('content'))).toBe(true);
    expect(await findCachedRepository('org/model', { settings })).toBe(folder);
    const requests = hub.log.length;
    expect(await downloadManifest(listing, { settings })).toBe(folder);
    expect(hub.log).toHaveLength(requests);
  });

  it('asks for a revision with a slash', async () => {
    await listRepository({ ...MAIN, revision: 'refs/pr/1' }, { settings });
    expect(hub.log).toEqual(['GET hub /api/models/org/model/revision/refs%2Fpr%2F1?blobs=true']);
  });

  it('is asked for again after a failure that may pass', async () => {
    hub.listingFaults.push(answer(503));
    await listRepository(MAIN, { settings, retry: RETRY });
    expect(hub.log).toHaveLength(2);
  });

  it.each([
    [answer(200), 'protocol', /does not list files like a hub; check HF_ENDPOINT/],
    [
      ((_, response) => void response.end('{"sha": "main"}')) as ReturnType<typeof answer>,
      'protocol',
      /does not give commits and files like a hub/,
    ],
    [answer(401), 'unauthorized', /private or does not exist: check its name, or set HF_TOKEN/],
    [
      answer(404, { 'x-error-code': 'RevisionNotFound' }),
      'notFound',
      /the repository has no revision 'main'/,
    ],
    [answer(404, { 'x-error-code': 'RepoNotFound' }), 'notFound', /the hub has no such repository/],
  ])('that is none is told', async (fault, code, says) => {
    hub.listingFaults.push(fault);
    const failure = listRepository(MAIN, { settings, retry: RETRY });
    await expect(failure).rejects.toThrow(says);
    await expect(failure).rejects.toThrow(/^org\/model \(revision main\)/);
    await expect(failure).rejects.toMatchObject({ name: 'HubError', code });
  });

  it('that stays silent is cut', async () => {
    const silent = () => {};
    hub.listingFaults.push(silent, silent);
    await expect(listRepository(MAIN, { settings, retry: RETRY, idleTimeout: 50 })).rejects.toMatchObject({
      code: 'network',
    });
  });

  it('is not to be had offline', async () => {
    await expect(listRepository(MAIN, { settings: { ...settings, offline: true } })).rejects.toThrow(
      /org\/model \(revision main\) cannot be listed, since offline mode is on; unset HF_HUB_OFFLINE/,
    );
    expect(hub.log).toEqual([]);
  });
});

describe('B30: the files of a pipeline', () => {
  const TEXTS = [
    'model_index.json',
    'scheduler/scheduler_config.json',
    'tokenizer/merges.txt',
    'tokenizer/special_tokens_map.json',
    'tokenizer/tokenizer_config.json',
    'tokenizer/vocab.json',
  ];
  const CONFIGS = ['text_encoder/config.json', 'unet/config.json', 'vae/config.json'];
  const weights = (suffix: string) => [
    `text_encoder/model${suffix}`,
    `unet/diffusion_pytorch_model${suffix}`,
    `vae/diffusion_pytorch_model${suffix}`,
  ];
  /** As most repositories are: every precision, pickles, the whole model again, and what is not needed. */
  const PATHS = [
    ...['.gitattributes', 'README.md', 'v1-5.ckpt', 'v1-5.safetensors', 'v1-5-pruned.safetensors'],
    ...['feature_extractor/preprocessor_config.json', 'safety_checker/config.json'],
    ...['safety_checker/model.safetensors', 'images/a.png', 'unet/README.txt'],
    ...[...TEXTS, ...CONFIGS],
    ...['.safetensors', '.fp16.safetensors', '.bin', '.fp16.bin'].flatMap(weights),
    'unet/diffusion_pytorch_model.non_ema.safetensors',
  ];
  const chosen = (paths: readonly string[], variant?: string) => pipelineFiles(MAIN, paths, variant).sort();
  const sorted = (...paths: string[]) => paths.sort();

  it.each([
    [undefined, '.fp16.safetensors'],
    ['fp16', '.fp16.safetensors'],
    ['none', '.safetensors'],
  ])('of the variant %s', (variant, suffix) => {
    expect(chosen(PATHS, variant)).toEqual(sorted(...TEXTS, ...CONFIGS, ...weights(suffix)));
  });

  it('without a variant where there is none, model by model', () => {
    const paths = PATHS.filter((path) => !/^vae.*fp16/.test(path));
    const [text, unet] = weights('.fp16.safetensors');
    const vae = 'vae/diffusion_pytorch_model.safetensors';
    expect(chosen(paths)).toEqual(sorted(...TEXTS, ...CONFIGS, `${text}`, `${unet}`, vae));
    expect(() => chosen(paths, 'fp16')).toThrow(
      /has no weights of the variant 'fp16' in vae, but diffusion_pytorch_model\.safetensors; choose another/,
    );
  });

  it.each([
    ['.fp16', 'unet/diffusion_pytorch_model.safetensors.index.fp16.json'],
    ['', 'unet/diffusion_pytorch_model.safetensors.index.json'],
  ])('in shards: %j', (suffix, index) => {
    const shards = [1, 2].map((n) => `unet/diffusion_pytorch_model${suffix}-0000${n}-of-00002.safetensors`);
    const paths = PATHS.filter((path) => !/^unet.*model\.(?:fp16\.)?safetensors$/.test(path));
    const files = chosen([...paths, index, ...shards]);
    expect(files.filter((path) => path.startsWith('unet/'))).toEqual(
      sorted('unet/config.json', index, ...shards),
    );
  });

  it('with the tokenizer as it is', () => {
    const paths = PATHS.filter((path) => !/vocab|merges/.test(path));
    const files = chosen([...paths, 'tokenizer/tokenizer.json', 'tokenizer/added_tokens.json']);
    expect(files).toContain('tokenizer/tokenizer.json');
    expect(files).toContain('tokenizer/added_tokens.json');
  });

  it.each([
    [
      'pickles only',
      PATHS.filter((path) => !path.endsWith('.safetensors')),
      /has no safetensors files in unet, only diffusion_pytorch_model\.bin, .* which could run code when they are read; choose a revision that has them \(often refs\/pr\/1\), or convert them\.$/,
    ],
    ['no weights', [...TEXTS, ...CONFIGS], /has no safetensors files in unet; choose a revision/],
    [
      'a single file',
      ['v1-5.safetensors'],
      /is not in the diffusers layout: it has no model_index\.json; download v1-5\.safetensors by itself/,
    ],
    ['nothing', [], /is not in the diffusers layout: it has no model_index\.json\.$/],
    ['XL', [...PATHS, 'text_encoder_2/config.json'], /holds a pipeline with text_encoder_2, not Stable Diff/],
    [
      'Flux',
      ['model_index.json', 'transformer/config.json'],
      /holds a pipeline with transformer, not Stable/,
    ],
    [
      'no VAE',
      PATHS.filter((path) => !path.startsWith('vae/')),
      /is not a complete .* pipeline: it has no vae\.$/,
    ],
  ])('are not there: %s', (_, paths, says) => {
    expect(() => pipelineFiles(MAIN, paths)).toThrow(says);
    expect(() => pipelineFiles(MAIN, paths)).toThrow(/^org\/model \(revision main\) /);
    expect(() => pipelineFiles(MAIN, paths)).toThrow(expect.objectContaining({ code: 'unsupported' }));
  });
});

describe('B30: a repository in the cache', () => {
  const folder = () => join(cacheDir, 'models--org--model');
  const snapshot = (commit: string) => join(folder(), 'snapshots', commit);

  async function place(commit: string, time: number): Promise<void> {
    await mkdir(snapshot(commit), { recursive: true });
    await utimes(snapshot(commit), time, time);
  }

  async function point(revision: string, commit: string): Promise<void> {
    const path = join(folder(), 'refs', revision);
    await mkdir(join(path, '..'), { recursive: true });
    await writeFile(path, `${commit}\n`);
  }

  it('is where main points', async () => {
    await place(COMMIT, 1000);
    await place(OTHER_COMMIT, 2000);
    await point('main', COMMIT);
    expect(await findCachedRepository('org/model', { settings })).toBe(snapshot(COMMIT));
    expect(await findSnapshotIn(folder())).toBe(snapshot(COMMIT));
    expect(await findSnapshotIn(`${folder()}/`)).toBe(snapshot(COMMIT));
  });

  it('is the newest where main points nowhere', async () => {
    await place(OTHER_COMMIT, 2000);
    await place(COMMIT, 1000);
    expect(await findCachedRepository('org/model', { settings })).toBe(snapshot(OTHER_COMMIT));
    await point('main', 'a'.repeat(40));
    expect(await findCachedRepository('org/model', { settings })).toBe(snapshot(OTHER_COMMIT));
  });

  it('is that of a revision, and no other', async () => {
    await place(COMMIT, 1000);
    await place(OTHER_COMMIT, 2000);
    await point('refs/pr/1', COMMIT);
    const find = (revision: string) => findCachedRepository('org/model', { settings, revision });
    expect(await find('refs/pr/1')).toBe(snapshot(COMMIT));
    expect(await find(OTHER_COMMIT)).toBe(snapshot(OTHER_COMMIT));
    expect(await find('v2')).toBeUndefined();
    expect(await find('a'.repeat(40))).toBeUndefined();
  });

  it('is none where nothing was downloaded', async () => {
    expect(await findCachedRepository('org/model', { settings })).toBeUndefined();
    await mkdir(join(folder(), 'snapshots'), { recursive: true });
    expect(await findCachedRepository('org/model', { settings })).toBeUndefined();
    expect(await findSnapshotIn(cacheDir)).toBeUndefined();
    await expect(findCachedRepository('../model', { settings })).rejects.toMatchObject({ code: 'invalid' });
  });
});
