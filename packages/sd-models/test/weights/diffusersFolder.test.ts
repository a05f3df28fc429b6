import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeSafetensors } from '@lusd/tensor';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ModelFolder, subfolder } from '../../src/files/modelFiles.ts';
import { diskFile, diskFolder } from '../../src/node/diskFolder.ts';
import {
  findWeightFiles,
  indexWeights,
  readModelIndex,
  readStoredModel,
} from '../../src/weights/diffusersFolder.ts';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'diffusers-folder-'));
});

afterEach(() => rm(folder, { recursive: true }));

async function write(files: Record<string, unknown>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(join(folder, name, '..'), { recursive: true });
    await writeFile(join(folder, name), isRaw(content) ? content : JSON.stringify(content));
  }
}

function isRaw(content: unknown): content is string | Uint8Array {
  return typeof content === 'string' || content instanceof Uint8Array;
}

/** A safetensors file of halves, [2] each. */
function safetensors(...names: string[]): Uint8Array {
  const half = { dtype: 'F16', shape: [2], data: new Uint16Array(2) } as const;
  return encodeSafetensors(new Map(names.map((name) => [name, half])));
}

const here = (): ModelFolder => diskFolder(folder);
const names = (files: readonly { name: string }[]) => files.map(({ name }) => name);

describe('readModelIndex', () => {
  it("lists the components' classes", async () => {
    await write({
      'model_index.json': {
        _class_name: 'StableDiffusionPipeline',
        unet: ['diffusers', 'UNet2DConditionModel'],
        requires_safety_checker: true,
      },
    });
    expect([...(await readModelIndex(here()))]).toEqual([['unet', ['diffusers', 'UNet2DConditionModel']]]);
  });

  it.each([
    ['{"unet": [', /model_index\.json is not valid JSON/],
    ['[]', /model_index\.json is not a JSON object/],
  ])('refuses %s', async (text, message) => {
    await write({ 'model_index.json': text });
    await expect(readModelIndex(here())).rejects.toThrow(message);
  });

  it('names the missing file', async () => {
    await expect(readModelIndex(here())).rejects.toThrow(/has no model_index\.json/);
  });
});

describe('findWeightFiles', () => {
  it.each([
    ['diffusion_pytorch_model.safetensors', undefined],
    ['model.safetensors', undefined],
    ['diffusion_pytorch_model.fp16.safetensors', 'fp16'],
    ['model.fp16.safetensors', 'fp16'],
    ['model.fp16.safetensors', undefined],
  ])('finds %s for the variant %s', async (name, variant) => {
    await write({ [name]: '' });
    const { files, shardOf } = await findWeightFiles(here(), variant);
    expect(names(files)).toEqual([join(folder, name)]);
    expect(shardOf).toBeUndefined();
  });

  it('takes full precision where both are there and none is asked for', async () => {
    await write({ 'model.fp16.safetensors': '', 'model.safetensors': '' });
    expect(names((await findWeightFiles(here())).files)).toEqual([join(folder, 'model.safetensors')]);
  });

  it.each([
    ['diffusion_pytorch_model.safetensors.index.json', undefined],
    ['model.safetensors.index.fp16.json', 'fp16'],
  ])('finds the shards of %s', async (index, variant) => {
    const weight_map = { a: 'part-2.safetensors', b: 'part-1.safetensors', c: 'part-2.safetensors' };
    await write({ [index]: { weight_map }, 'part-1.safetensors': '', 'part-2.safetensors': '' });
    const { files, shardOf } = await findWeightFiles(here(), variant);
    expect(names(files)).toEqual([join(folder, 'part-1.safetensors'), join(folder, 'part-2.safetensors')]);
    expect(shardOf?.get('c')?.name).toBe(join(folder, 'part-2.safetensors'));
  });

  it('names pickles where there is nothing else', async () => {
    await write({ 'model.bin': '' });
    await expect(findWeightFiles(here())).rejects.toThrow(/has no safetensors weights; it has model\.bin/);
  });

  it('does not replace a variant that was asked for', async () => {
    await write({ 'model.safetensors': '' });
    await expect(findWeightFiles(here(), 'fp16')).rejects.toThrow(
      /no safetensors weights of the variant 'fp16'; it has model\.safetensors/,
    );
  });

  it.each([
    '/etc/passwd.safetensors',
    '../part.safetensors',
    'a/../../part.safetensors',
    '..\\part.safetensors',
    'C:\\part.safetensors',
    'part.bin',
    7,
  ])('refuses an index that names %j', async (shard) => {
    await write({ 'model.safetensors.index.json': { weight_map: { a: shard } } });
    await expect(findWeightFiles(here())).rejects.toThrow(
      /places 'a' in .*a shard must be a \.safetensors file/,
    );
  });

  it.each([
    ['{', /is not valid JSON/],
    ['{}', /has no 'weight_map'/],
    ['{"weight_map": []}', /has no 'weight_map'/],
    ['{"weight_map": {"a": "lost.safetensors"}}', /lists shards that are missing: lost\.safetensors/],
  ])('refuses the index %s', async (text, message) => {
    await write({ 'model.safetensors.index.json': text });
    await expect(findWeightFiles(here())).rejects.toThrow(message);
  });
});

describe('readStoredModel', () => {
  it('gives the configuration and the tensors', async () => {
    await write({ 'unet/config.json': { in_channels: 4 }, 'unet/model.safetensors': safetensors('a') });
    const { config, configName, stored } = await readStoredModel(here(), 'unet');
    expect(config).toEqual({ in_channels: 4 });
    expect(configName).toBe(`${folder}/unet/config.json`);
    expect([...stored.keys()]).toEqual(['a']);
  });

  it('names the configuration that is missing', async () => {
    await write({ 'unet/model.safetensors': safetensors('a') });
    await expect(readStoredModel(here(), 'unet')).rejects.toThrow(/unet has no config\.json/);
  });
});

describe('indexWeights', () => {
  /** Two shards, of which the index says that they hold `a` and `b`. */
  async function shards(first: readonly string[], second: readonly string[]) {
    await write({
      'parts/1.safetensors': safetensors(...first),
      'parts/2.safetensors': safetensors(...second),
    });
    const parts = subfolder(here(), 'parts');
    const files = ['1', '2'].map((name) => diskFile(`${parts.name}/${name}.safetensors`));
    return { files, shardOf: new Map(files.map((file, i) => ['ab'.charAt(i), file])) };
  }

  it('joins the shards', async () => {
    const sharded = await shards(['a'], ['b']);
    const stored = await indexWeights(sharded);
    expect([...stored].map(([name, { file }]) => [name, file])).toEqual([...sharded.shardOf]);
  });

  it('names tensors that are not in their shard', async () => {
    await expect(indexWeights(await shards(['a'], ['c']))).rejects.toThrow(/'b' in .*2\.safetensors/);
  });

  it('takes a tensor in two shards for copies of one', async () => {
    const stored = await indexWeights(await shards(['a', 'b'], ['b']));
    expect(stored.get('b')?.copies).toHaveLength(1);
  });
});
