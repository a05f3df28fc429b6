import { readdirSync, readFileSync } from 'node:fs';
import { stateDictKeys } from '@lusd/testing-models/stateDictKeys';
import { describe, expect, it } from 'vitest';
import { parseManifest, type WeightsManifest } from '../../../src/hub/manifest.ts';

const WEIGHTS = new URL('../../../../../weights/', import.meta.url);
const NAMES = readdirSync(WEIGHTS).filter((name) => name.endsWith('.json'));
/** Those whose commit and some of whose checksums nobody has published: the hub's are verified instead. */
const UNPINNED = ['clip-vit-large-patch14.json', 'dino-vit-base-patch8.json', 'dino-vit-small-patch16.json'];
const { sd15, clipVitB32 } = stateDictKeys();
/** Numbers of ViT-L/14, which transformers' model has. */
const CLIP_L14 = 427_616_513;

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
  it('are those of the models', () => {
    expect(NAMES.sort()).toEqual([
      'clip-vit-base-patch32.json',
      'clip-vit-large-patch14.json',
      'dino-vit-base-patch8.json',
      'dino-vit-small-patch16.json',
      'stable-diffusion-v1-5.fp16.json',
      'stable-diffusion-v1-5.fp32.json',
      'stable-diffusion-v1-5.single-file.json',
    ]);
  });

  it.each(UNPINNED)('%s takes the safetensors weights of the main branch', (name) => {
    const { revision, files } = read(name);
    expect(revision).toBe('main');
    expect(files.map(({ path }) => path)).toContain('model.safetensors');
  });

  it.each(NAMES.filter((name) => !UNPINNED.includes(name)))('%s pins a commit and every checksum', (name) => {
    const manifest = read(name);
    expect(manifest.revision).toMatch(/^[0-9a-f]{40}$/);
    expect(manifest.files.filter(({ sha256, size }) => sha256 === null || size === undefined)).toEqual([]);
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
    ['clip-vit-large-patch14.json', 'model.safetensors', 4 * CLIP_L14],
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

  it('leaves out a size that is not known', () => {
    const [parsed] = parseManifest(JSON.stringify(file({ size: null })), 'm.json').files;
    expect(parsed).toEqual({ path: 'config.json', sha256: null });
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
