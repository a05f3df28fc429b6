import { readdirSync, readFileSync } from 'node:fs';
import { stateDictKeys } from '@lusd/testing-models/stateDictKeys';
import { describe, expect, it } from 'vitest';
import { parseManifest, type WeightsManifest } from '../../../src/hub/manifest.ts';

const WEIGHTS = new URL('../../../../../weights/', import.meta.url);
const NAMES = readdirSync(WEIGHTS).filter((name) => name.endsWith('.json'));
const { sd15, clipVitB32 } = stateDictKeys();

function read(name: string): WeightsManifest {
  return parseManifest(readFileSync(new URL(name, WEIGHTS), 'utf8'), name);
}

function elements(tensors: readonly (readonly [string, readonly number[], ...unknown[]])[]): number {
  return tensors.reduce((sum, [, shape]) => sum + shape.reduce((product, size) => product * size, 1), 0);
}

const UNET = elements(sd15.unet.tensors);
const VAE = elements(sd15.vae.tensors);
const TEXT = elements(sd15.text.tensors);
const CLIP = elements(clipVitB32.tensors);

describe('the manifests of weights/', () => {
  it('are those of the two models', () => {
    expect(NAMES.sort()).toEqual([
      'clip-vit-base-patch32.json',
      'stable-diffusion-v1-5.fp16.json',
      'stable-diffusion-v1-5.fp32.json',
      'stable-diffusion-v1-5.single-file.json',
    ]);
  });

  it.each(NAMES)('%s pins a commit and every checksum', (name) => {
    const manifest = read(name);
    expect(manifest.revision).toMatch(/^[0-9a-f]{40}$/);
    expect(manifest.files.filter(({ sha256 }) => sha256 === null)).toEqual([]);
    expect(new Set(manifest.files.map(({ path }) => path)).size).toBe(manifest.files.length);
  });

  it.each([
    ['stable-diffusion-v1-5.fp32.json', 'unet/diffusion_pytorch_model.safetensors', 4 * UNET],
    ['stable-diffusion-v1-5.fp32.json', 'vae/diffusion_pytorch_model.safetensors', 4 * VAE],
    ['stable-diffusion-v1-5.fp32.json', 'text_encoder/model.safetensors', 4 * TEXT],
    ['stable-diffusion-v1-5.fp16.json', 'unet/diffusion_pytorch_model.fp16.safetensors', 2 * UNET],
    ['stable-diffusion-v1-5.fp16.json', 'vae/diffusion_pytorch_model.fp16.safetensors', 2 * VAE],
    ['stable-diffusion-v1-5.fp16.json', 'text_encoder/model.fp16.safetensors', 2 * TEXT],
    ['stable-diffusion-v1-5.single-file.json', 'v1-5-pruned-emaonly.safetensors', 4 * (UNET + VAE + TEXT)],
    ['clip-vit-base-patch32.json', 'model.safetensors', 4 * CLIP],
  ])("%s: %s is its tensors' bytes and a header", (name, path, tensorBytes) => {
    const size = read(name).files.find((file) => file.path === path)?.size ?? 0;
    expect(size).toBeGreaterThan(tensorBytes);
    expect(size - tensorBytes).toBeLessThan(2 ** 18);
  });
});

describe('parseManifest', () => {
  const valid = {
    name: 'model',
    repository: 'org/model',
    revision: 'main',
    license: { name: 'MIT', url: 'https://opensource.org/license/mit' },
    files: [{ path: 'config.json', size: 2, sha256: null }],
  };
  const file = (overrides: object) => ({ ...valid, files: [{ ...valid.files[0], ...overrides }] });

  it('accepts an unknown checksum', () => {
    expect(parseManifest(JSON.stringify(valid), 'm.json')).toEqual(valid);
  });

  it.each([
    ['{', /m\.json is not valid JSON/],
    ['[]', /In m\.json, the manifest must be an object/],
    [{ ...valid, name: '' }, /name must be a string/],
    [{ ...valid, license: 'MIT' }, /license must be an object/],
    [{ ...valid, files: [] }, /files must be a list of at least one file/],
    [{ ...valid, repository: '../org' }, /'\.\.\/org' is not a repository/],
    [{ ...valid, revision: '../main' }, /'\.\.\/main' is not a revision/],
    [file({ path: '../config.json' }), /'\.\.\/config\.json' is not a path/],
    [file({ size: -1 }), /files\[0\]\.size must be a number of bytes/],
    [file({ size: '2' }), /files\[0\]\.size/],
    [file({ sha256: 'ABC' }), /files\[0\]\.sha256 must be 64 lower-case hexadecimal digits, or null/],
    [file({ sha256: undefined }), /files\[0\]\.sha256/],
  ])('refuses %j', (manifest, message) => {
    const text = typeof manifest === 'string' ? manifest : JSON.stringify(manifest);
    expect(() => parseManifest(text, 'm.json')).toThrow(message);
  });
});
