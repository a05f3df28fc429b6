import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  findModelFiles,
  indexComponent,
  indexWeights,
  readModelIndex,
} from '../../src/weights/diffusersFolder.ts';
import type { TensorTable } from '../../src/weights/weightSource.ts';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'diffusers-folder-'));
});

afterEach(() => rm(folder, { recursive: true }));

async function write(files: Record<string, unknown>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(join(folder, name, '..'), { recursive: true });
    await writeFile(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
  }
}

function table(...names: string[]): TensorTable {
  return new Map(names.map((name) => [name, { dtype: 'F16', shape: [2] }]));
}

describe('readModelIndex', () => {
  it("lists the components' classes", async () => {
    await write({
      'model_index.json': {
        _class_name: 'StableDiffusionPipeline',
        unet: ['diffusers', 'UNet2DConditionModel'],
        requires_safety_checker: true,
      },
    });
    expect([...(await readModelIndex(folder))]).toEqual([['unet', ['diffusers', 'UNet2DConditionModel']]]);
  });

  it.each([
    ['{"unet": [', /model_index\.json is not valid JSON/],
    ['[]', /model_index\.json is not a JSON object/],
  ])('refuses %s', async (text, message) => {
    await write({ 'model_index.json': text });
    await expect(readModelIndex(folder)).rejects.toThrow(message);
  });

  it('names the missing file', async () => {
    await expect(readModelIndex(folder)).rejects.toThrow(/model_index\.json cannot be read/);
  });
});

describe('findModelFiles', () => {
  it.each([
    ['diffusion_pytorch_model.safetensors', undefined],
    ['model.safetensors', undefined],
    ['diffusion_pytorch_model.fp16.safetensors', 'fp16'],
    ['model.fp16.safetensors', 'fp16'],
    ['model.fp16.safetensors', undefined],
  ])('finds %s for the variant %s', async (name, variant) => {
    await write({ 'config.json': {}, [name]: '' });
    const files = await findModelFiles(folder, variant);
    expect(files).toEqual({ config: join(folder, 'config.json'), weights: [join(folder, name)] });
  });

  it('takes full precision where both are there and none is asked for', async () => {
    await write({ 'config.json': {}, 'model.fp16.safetensors': '', 'model.safetensors': '' });
    expect((await findModelFiles(folder)).weights).toEqual([join(folder, 'model.safetensors')]);
  });

  it.each([
    ['diffusion_pytorch_model.safetensors.index.json', undefined],
    ['model.safetensors.index.fp16.json', 'fp16'],
  ])('finds the shards of %s', async (index, variant) => {
    const weight_map = { a: 'part-2.safetensors', b: 'part-1.safetensors', c: 'part-2.safetensors' };
    await write({
      'config.json': {},
      [index]: { weight_map },
      'part-1.safetensors': '',
      'part-2.safetensors': '',
    });
    const files = await findModelFiles(folder, variant);
    expect(files.weights).toEqual([join(folder, 'part-1.safetensors'), join(folder, 'part-2.safetensors')]);
    expect(files.shardOf?.get('c')).toBe(join(folder, 'part-2.safetensors'));
  });

  it.each([
    ['no folder', {}, /nowhere cannot be read/],
    ['no config.json', { 'nowhere/model.safetensors': '' }, /nowhere has no config\.json/],
    [
      'pickles only',
      { 'nowhere/config.json': {}, 'nowhere/model.bin': '' },
      /has no safetensors weights; it has model\.bin/,
    ],
  ])('refuses %s', async (_, files, message) => {
    await write(files);
    await expect(findModelFiles(join(folder, 'nowhere'))).rejects.toThrow(message);
  });

  it('does not replace a variant that was asked for', async () => {
    await write({ 'config.json': {}, 'model.safetensors': '' });
    await expect(findModelFiles(folder, 'fp16')).rejects.toThrow(
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
    await write({ 'config.json': {}, 'model.safetensors.index.json': { weight_map: { a: shard } } });
    await expect(findModelFiles(folder)).rejects.toThrow(
      /places 'a' in .*a shard must be a \.safetensors file/,
    );
  });

  it.each([
    ['{', /is not valid JSON/],
    ['{}', /has no 'weight_map'/],
    ['{"weight_map": []}', /has no 'weight_map'/],
    ['{"weight_map": {"a": "lost.safetensors"}}', /names shards that are missing: lost\.safetensors/],
  ])('refuses the index %s', async (text, message) => {
    await write({ 'config.json': {}, 'model.safetensors.index.json': text });
    await expect(findModelFiles(folder)).rejects.toThrow(message);
  });
});

describe('indexWeights', () => {
  const sharded = {
    config: 'config.json',
    weights: ['1.safetensors', '2.safetensors'],
    shardOf: new Map([
      ['a', '1.safetensors'],
      ['b', '2.safetensors'],
    ]),
  };

  it('joins the shards', async () => {
    const checkpoint = await indexWeights(sharded, async (path) => table(path.startsWith('1') ? 'a' : 'b'));
    expect([...checkpoint].map(([name, { file }]) => [name, file])).toEqual([...sharded.shardOf]);
  });

  it('names tensors that are not in their shard', async () => {
    await expect(indexWeights(sharded, async () => table('a'))).rejects.toThrow(/'b' in 2\.safetensors/);
  });

  it('refuses a tensor in two shards', async () => {
    await expect(indexWeights(sharded, async () => table('a', 'b'))).rejects.toThrow(/'a' is stored twice/);
  });
});

describe('indexComponent', () => {
  it.each([
    ['vae', 'encoder.mid_block.attentions.0.query.bias', 'encoder.mid_block.attentions.0.to_q.bias'],
    ['text_encoder', 'final_layer_norm.weight', 'text_model.final_layer_norm.weight'],
    ['unet', 'conv_in.weight', 'conv_in.weight'],
  ] as const)('gives the %s its current names', async (component, stored, name) => {
    const files = { config: 'config.json', weights: ['model.safetensors'] };
    expect([...(await indexComponent(component, files, async () => table(stored))).keys()]).toEqual([name]);
  });
});
