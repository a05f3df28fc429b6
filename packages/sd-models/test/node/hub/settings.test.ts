import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hubPaths } from '../../../src/node/hub/paths.ts';
import { hubSettings } from '../../../src/node/hub/settings.ts';

const NO_TOKEN = { HF_TOKEN_PATH: join(tmpdir(), 'no', 'such', 'token') };

interface Paths {
  readonly environment: Readonly<Record<string, string>>;
  readonly cache: string;
  readonly token: string;
}

/** Made by reference/sd-models/hub_paths.py. */
const paths = JSON.parse(
  await readFile(new URL('../../golden/hub_paths.json', import.meta.url), 'utf8'),
) as Paths[];

describe('hubSettings', () => {
  it('has the defaults of huggingface_hub', async () => {
    expect(await hubSettings(NO_TOKEN)).toEqual({
      endpoint: 'https://huggingface.co',
      cacheDir: join(homedir(), '.cache', 'huggingface', 'hub'),
      token: undefined,
      offline: false,
      symlinks: true,
      proxies: { http: undefined, https: undefined, except: '' },
    });
  });

  it.each(paths)('finds cache and token where huggingface_hub does: %j', ({ environment, cache, token }) => {
    const { cacheDir, tokenFile } = hubPaths(environment);
    expect([cacheDir, tokenFile].map(normalize)).toEqual([cache, token].map(normalize));
  });

  it.each([
    [{ HF_HOME: '/data/hf' }, '/data/hf/hub'],
    [{ HF_HOME: '~/hf' }, join(homedir(), 'hf', 'hub')],
    [{ XDG_CACHE_HOME: '/xdg' }, '/xdg/huggingface/hub'],
    [{ HF_HOME: '/data/hf', HF_HUB_CACHE: '/data/cache' }, '/data/cache'],
    [{ HF_HOME: '/data/hf', HUGGINGFACE_HUB_CACHE: '/data/old' }, '/data/old'],
  ])('takes the cache from %j', async (environment, cacheDir) => {
    expect((await hubSettings({ ...NO_TOKEN, ...environment })).cacheDir).toBe(cacheDir);
  });

  it('prefers HF_TOKEN to the token file, and trims both', async () => {
    const home = await mkdtemp(join(tmpdir(), 'hf-home-'));
    await writeFile(join(home, 'token'), 'hf_file\n');
    expect((await hubSettings({ HF_HOME: home })).token).toBe('hf_file');
    expect((await hubSettings({ HF_HOME: home, HF_TOKEN: ' hf_env ' })).token).toBe('hf_env');
    await rm(home, { recursive: true });
  });

  it("names a token's file that cannot be read", async () => {
    const failure = hubSettings({ HF_TOKEN_PATH: tmpdir() });
    await expect(failure).rejects.toMatchObject({ code: 'invalid' });
    await expect(failure).rejects.toThrow(`The token's file ${tmpdir()} cannot be read (EISDIR`);
  });

  it.each([
    ['1', true],
    ['true', true],
    ['YES', true],
    ['0', false],
    ['', false],
  ])('reads HF_HUB_OFFLINE=%j as %s', async (value, offline) => {
    expect((await hubSettings({ ...NO_TOKEN, HF_HUB_OFFLINE: value })).offline).toBe(offline);
  });

  it('takes a mirror and refuses what is no address', async () => {
    expect((await hubSettings({ ...NO_TOKEN, HF_ENDPOINT: 'http://mirror.example/' })).endpoint).toBe(
      'http://mirror.example',
    );
    for (const HF_ENDPOINT of ['mirror.example', 'file:///etc']) {
      await expect(hubSettings({ ...NO_TOKEN, HF_ENDPOINT })).rejects.toThrow(
        /HF_ENDPOINT is '.*'; set it to an http/,
      );
    }
  });
});
