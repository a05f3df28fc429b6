import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { openSafetensors } from '@lusd/tensor';
import { writeConfigFolder, writeSingleFile, writeWholeFolder } from '@lusd/testing-models/tinyCheckpoint';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { convertCheckpoint } from '../../src/node/convert.ts';
import { diskFolder, modelAt } from '../../src/node/diskFolder.ts';
import { type CheckpointOptions, openCheckpoint } from '../../src/weights/openCheckpoint.ts';
import { singleFileShapes, writeHeaderOnly } from '../support/headerOnly.ts';

const COMPARISON = fileURLToPath(
  new URL('../../../../reference/sd-models/converted_folder.py', import.meta.url),
);
/** A Python with diffusers, as reference/make.sh makes one. */
const PYTHON = process.env.LUSD_PYTHON;

let root = '';
const at = (...parts: string[]) => join(root, ...parts);

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'convert-'));
  await writeWholeFolder(at('whole'));
  await writeConfigFolder(at('configs'));
  await writeSingleFile(at('single.safetensors'));
});

afterAll(() => rm(root, { recursive: true }));

async function convert(source: string, output: string, options?: CheckpointOptions): Promise<void> {
  await convertCheckpoint(await openCheckpoint(await modelAt(source), options), output, { dtype: 'F32' });
}

async function json(...path: string[]): Promise<unknown> {
  return JSON.parse(await readFile(at(...path), 'utf8'));
}

/** A folder with everything that cannot be inferred of the tests' small checkpoint. */
async function writeSmallParts(folder: string): Promise<void> {
  for (const part of ['text_encoder', 'tokenizer']) {
    await cp(at('configs', part), join(folder, part), { recursive: true });
  }
}

describe('B12: what is written is a whole diffusers folder', () => {
  beforeAll(async () => {
    await writeSmallParts(at('parts'));
    await convert(at('single.safetensors'), at('converted'), { configFolder: diskFolder(at('parts')) });
  });

  test('with every configuration that diffusers builds the models from', async () => {
    expect(await json('converted/vae/config.json')).toMatchObject({
      _class_name: 'AutoencoderKL',
      down_block_types: Array(4).fill('DownEncoderBlock2D'),
      up_block_types: Array(4).fill('UpDecoderBlock2D'),
      block_out_channels: [32, 64, 64, 64],
      scaling_factor: 0.18215,
    });
    expect(await json('converted/unet/config.json')).toMatchObject({
      _class_name: 'UNet2DConditionModel',
      down_block_types: [...Array(3).fill('CrossAttnDownBlock2D'), 'DownBlock2D'],
      attention_head_dim: 8,
    });
    const scheduler = (await json('converted/scheduler/scheduler_config.json')) as { _class_name: string };
    expect(await json('converted/model_index.json')).toMatchObject({
      _class_name: 'StableDiffusionPipeline',
      scheduler: ['diffusers', scheduler._class_name],
    });
    expect((await readdir(at('converted/tokenizer'))).sort()).toEqual([
      'merges.txt',
      'special_tokens_map.json',
      'tokenizer_config.json',
      'vocab.json',
    ]);
  });

  test('that opens again, with nothing to say', async () => {
    const checkpoint = await openCheckpoint(diskFolder(at('converted')));
    expect(checkpoint.problems()).toEqual([]);
    expect(checkpoint.notes).toEqual([]);
  });

  test('from a folder that left them out, too', async () => {
    await convert(at('whole'), at('converted folder'));
    expect(await json('converted folder/vae/config.json')).toMatchObject({
      up_block_types: Array(4).fill('UpDecoderBlock2D'),
      scaling_factor: 0.18215,
    });
  });

  test.skipIf(PYTHON === undefined)('that diffusers loads, with the original weights', async () => {
    const run = promisify(execFile);
    const { stdout } = await run(PYTHON ?? '', [COMPARISON, at('converted'), at('whole')]);
    expect(stdout).toMatch(/unet: 684 tensors agree\nvae: 244 tensors agree\ntext_encoder: 36 tensors agree/);
    expect(stdout).toMatch(/the pipeline makes a picture of/);
  });
});

test.each([
  ['sd15', 64, '<|endoftext|>'],
  ['sd2', 96, '!'],
] as const)('the published %s gets its size and a tokenizer', async (version, sampleSize, padding) => {
  const path = at(`${version}.safetensors`);
  await writeHeaderOnly(path, singleFileShapes(version));
  const checkpoint = await openCheckpoint(await modelAt(path));
  expect(checkpoint.unet.json.sample_size).toBe(sampleSize);
  const files = await checkpoint.tokenizer.files();
  const config = JSON.parse(files.get('tokenizer_config.json') ?? '');
  expect(config).toMatchObject({ model_max_length: 77, pad_token: padding });
  await writeConfigFolder(at(version));
  for (const [name, text] of files) await writeFile(at(version, 'tokenizer', name), text);
  const { loadClipTokenizer } = await import('../../src/tokenizer/loadTokenizer.ts');
  const tokenizer = await loadClipTokenizer(diskFolder(at(version, 'tokenizer')));
  const prompt = 'a photo of an astronaut, 4k';
  expect(tokenizer.encode(prompt).ids).toEqual(checkpoint.tokenizer.tokenizer.encode(prompt).ids);
});

test('a VAE from elsewhere is written with its own configuration', async () => {
  const vae = fileURLToPath(new URL('../../../../weights/shapes/vae', import.meta.url));
  await convert(at('whole'), at('other vae'), { vae: diskFolder(vae) });
  expect(await json('other vae/vae/config.json')).toMatchObject({ scaling_factor: 0.5 });
  await using file = await openSafetensors(at('other vae/vae/diffusion_pytorch_model.safetensors'));
  expect(file.tensors.get('encoder.conv_in.weight')?.shape).toEqual([16, 3, 3, 3]);
});

test('numbers that JSON does not have are written as diffusers writes them', async () => {
  await cp(at('whole'), at('infinite'), { recursive: true });
  const path = at('infinite/scheduler/scheduler_config.json');
  const text = await readFile(path, 'utf8');
  await writeFile(path, text.replace('{', '{"lambda_min_clipped": -Infinity,'));
  await convert(at('infinite'), at('still infinite'));
  expect(await readFile(at('still infinite/scheduler/scheduler_config.json'), 'utf8')).toContain(
    '"lambda_min_clipped": -Infinity',
  );
});

test('what is put into the folder during the conversion stays', async () => {
  const checkpoint = await openCheckpoint(await modelAt(at('whole')));
  const output = at('filledMeanwhile');
  const onProgress = (done: number) => {
    if (done !== 1) return;
    mkdirSync(output);
    writeFileSync(join(output, 'notes.txt'), 'mine');
  };
  await expect(convertCheckpoint(checkpoint, output, { onProgress })).rejects.toThrow(
    /exists; choose another/,
  );
  expect(await readFile(join(output, 'notes.txt'), 'utf8')).toBe('mine');
});

test('a folder that exists is left as it is', async () => {
  await writeFile(at('whole/notes.txt'), 'mine');
  await expect(convert(at('whole'), at('whole'))).rejects.toThrow(/whole exists; choose another folder/);
  expect(await readFile(at('whole/notes.txt'), 'utf8')).toBe('mine');
});
