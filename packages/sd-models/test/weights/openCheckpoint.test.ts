import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodeSafetensors, type TensorData } from '@lusd/tensor';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { diskFile, diskFolder, modelAt } from '../../src/node/diskFolder.ts';
import { type CheckpointOptions, openCheckpoint } from '../../src/weights/openCheckpoint.ts';
import { type Shapes, singleFileShapes, writeHeaderOnly } from '../support/headerOnly.ts';

/** Checkpoints as people have them; the numbers are those of docs/files.md. */
const SHAPES_MODEL = fileURLToPath(new URL('../../../../weights/shapes', import.meta.url));
const SD1 = singleFileShapes('sd15');
const SD2 = singleFileShapes('sd2');

let root = '';
const at = (...parts: string[]) => join(root, ...parts);

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'checkpoints-'));
});

afterAll(() => rm(root, { recursive: true }));

/** A single file in a folder of its own. */
async function single(
  name: string,
  shapes: Shapes,
  { beside = {}, metadata }: { beside?: Record<string, string>; metadata?: Record<string, string> } = {},
): Promise<string> {
  await mkdir(at(name));
  const path = at(name, 'm.safetensors');
  await writeHeaderOnly(path, shapes, metadata);
  for (const [file, text] of Object.entries(beside)) await writeFile(at(name, file), text);
  return path;
}

async function open(path: string, options?: CheckpointOptions) {
  return openCheckpoint(await modelAt(path), options);
}

async function opened(path: string, options?: CheckpointOptions) {
  const checkpoint = await open(path, options);
  expect(checkpoint.problems()).toEqual([]);
  return checkpoint;
}

async function refusal(path: string, options?: CheckpointOptions): Promise<string> {
  const failure = await open(path, options).then(
    (checkpoint) => {
      const [problem] = checkpoint.problems();
      if (!problem) throw new Error('it was not refused');
      return problem.error;
    },
    (error: Error) => error,
  );
  expect(failure.name).toBe('CheckpointError');
  expect(failure.message).toMatch(/^[^\n]{1,700}\.$/);
  return failure.message;
}

function without(shapes: Shapes, prefix: string): Shapes {
  return Object.fromEntries(Object.entries(shapes).filter(([key]) => !key.startsWith(prefix)));
}

function withPrefix(shapes: Shapes, from: string, to: string): Shapes {
  return Object.fromEntries(Object.entries(shapes).map(([key, shape]) => [key.replace(from, to), shape]));
}

/** The shapes model with something changed in a copy. */
async function changedFolder(name: string, change: (folder: string) => Promise<unknown>): Promise<string> {
  await cp(SHAPES_MODEL, at(name), { recursive: true });
  await change(at(name));
  return at(name);
}

async function editJson(path: string, change: (json: Record<string, unknown>) => void): Promise<void> {
  const json = JSON.parse(await readFile(path, 'utf8'));
  change(json);
  await writeFile(path, JSON.stringify(json));
}

describe('a single file needs nothing else', () => {
  test('Stable Diffusion 1.5', async () => {
    const checkpoint = await opened(await single('sd1', SD1));
    expect(checkpoint.notes).toEqual([]);
    expect(checkpoint.scheduler.config.predictionType).toBe('epsilon');
    expect(checkpoint.unet.config.sampleSize).toBe(64);
    const { ids } = checkpoint.tokenizer.tokenizer.encode('a photo of');
    expect([...ids.slice(0, 6)]).toEqual([49406, 320, 1125, 539, 49407, 49407]);
  });

  test('Stable Diffusion 2, whose prediction is assumed, and said', async () => {
    const checkpoint = await opened(await single('sd2', SD2));
    expect(checkpoint.notes).toEqual([expect.stringMatching(/velocity is assumed.*epsilon/)]);
    expect(checkpoint.scheduler.config.predictionType).toBe('v_prediction');
    expect(checkpoint.unet.config.sampleSize).toBe(96);
    expect([...checkpoint.tokenizer.tokenizer.encode('a').ids.slice(0, 4)]).toEqual([49406, 320, 49407, 0]);
    const told = await opened(at('sd2/m.safetensors'), { predictionType: 'epsilon' });
    expect(told.notes).toEqual([]);
    expect(told.scheduler.config.predictionType).toBe('epsilon');
    expect(told.unet.config.sampleSize).toBe(64);
  });

  test('InstructPix2Pix, whose UNet takes a picture beside the latents', async () => {
    const key = 'model.diffusion_model.input_blocks.0.0.weight';
    const checkpoint = await opened(await single('instructions', { ...SD1, [key]: [320, 8, 3, 3] }));
    expect(checkpoint.unet.config.inChannels).toBe(8);
  });

  test.each([
    ['sd2', SD2, 'cond_stage_model.model.', 'conditioner.embedders.0.model.'],
    ['sd1', SD1, 'cond_stage_model.transformer.', 'conditioner.embedders.0.transformer.'],
  ] as const)('%s in the layout of the newer program (SGM)', async (name, shapes, from, to) => {
    await opened(await single(`sgm-${name}`, withPrefix(shapes, from, to)));
  });
});

describe('B05: velocity that is told beside the weights', () => {
  const yaml = (parameterization: string) =>
    `model:\n  params:\n    parameterization: "${parameterization}"\n    linear_start: 0.00085\n    linear_end: 0.0120\n    timesteps: 1000\n`;

  test('by a .yaml of the same name', async () => {
    const path = await single('yaml-v', SD1, { beside: { 'm.yaml': yaml('v') } });
    const { scheduler } = await opened(path);
    expect(scheduler.config).toMatchObject({ predictionType: 'v_prediction', betaEnd: 0.012 });
  });

  test('by a .yaml that says noise, and one of another file', async () => {
    const path = await single('yaml-eps', SD2, { beside: { 'm.yaml': yaml('eps'), 'n.yaml': yaml('v') } });
    const { scheduler, notes } = await opened(path);
    expect(scheduler.config.predictionType).toBe('epsilon');
    expect(notes).toEqual([]);
  });

  test.each([
    ['x0', yaml('x0'), /m\.yaml: parameterization is "x0"; only models that predict noise/],
    ['no YAML', 'model: [', /m\.yaml is not valid YAML; correct it/],
  ])('a .yaml with %s is named', async (name, text, message) => {
    expect(await refusal(await single(`yaml ${name}`, SD1, { beside: { 'm.yaml': text } }))).toMatch(message);
  });

  test('by empty tensors', async () => {
    const { scheduler, notes } = await opened(await single('markers', { ...SD1, v_pred: [0], ztsnr: [0] }));
    expect(scheduler.json).toMatchObject({ prediction_type: 'v_prediction', rescale_betas_zero_snr: true });
    expect(notes).toEqual([]);
  });

  test("by the header's metadata", async () => {
    const path = await single('modelspec', SD1, { metadata: { 'modelspec.prediction_type': 'v' } });
    expect((await opened(path)).scheduler.config.predictionType).toBe('v_prediction');
  });
});

describe('B08: a checkpoint without its VAE', () => {
  const noVae = without(SD1, 'first_stage_model.');
  const bare: Shapes = Object.fromEntries(
    Object.entries(SD1)
      .filter(([key]) => key.startsWith('first_stage_model.'))
      .map(([key, shape]) => [key.slice('first_stage_model.'.length), shape]),
  );

  test('takes the one beside it, whatever else that holds, and says so', async () => {
    const path = await single('neighbour', noVae);
    await writeHeaderOnly(at('neighbour/m.vae.safetensors'), {
      ...bare,
      'loss.logvar': [],
      'model_ema.decay': [],
    });
    const { vae, notes } = await opened(path);
    expect(vae.stateDict.size).toBe(248);
    expect(notes).toEqual([expect.stringMatching(/The VAE of .*m\.vae\.safetensors/)]);
  });

  test('takes the one that is named: a file, a folder, a whole pipeline', async () => {
    const path = await single('named', noVae);
    await writeHeaderOnly(at('named/mse.safetensors'), bare);
    expect((await opened(path, { vae: diskFile(at('named/mse.safetensors')) })).vae.stateDict.size).toBe(248);
    for (const vae of [SHAPES_MODEL, join(SHAPES_MODEL, 'vae')]) {
      const checkpoint = await open(path, { vae: diskFolder(vae) });
      expect(checkpoint.vae.config.scalingFactor).toBe(0.5);
    }
  });

  test('takes that of the folder with its configurations, and says so', async () => {
    const path = await single('from folder', noVae);
    const folder = at('with vae');
    await cp(join(SHAPES_MODEL, 'vae'), join(folder, 'vae'), { recursive: true });
    const { vae, notes } = await open(path, { configFolder: diskFolder(folder) });
    expect(vae.config.scalingFactor).toBe(0.5);
    expect(notes).toEqual([expect.stringMatching(/has no VAE; that of .*with vae\/vae is used/)]);
  });

  test('otherwise is told how to get one', async () => {
    expect(await refusal(await single('neither', noVae))).toMatch(
      /has no VAE; .*--vae, or put it next to the checkpoint as m\.vae\.safetensors/,
    );
  });
});

describe('B10: tensors that every loader ignores', () => {
  test.each([
    'cond_stage_model.logit_scale',
    'cond_stage_model.transformer.logit_scale',
    'cond_stage_model.transformer.text_projection.weight',
    'embedding_manager.embedder.transformer.text_model.embeddings.position_ids',
    'first_stage_model.loss.logvar',
    'first_stage_model.model_ema.decay',
    'loss.discriminator.main.0.weight',
    'state_dict',
  ])('%s', async (key) => {
    const { notes } = await opened(await single(`with ${key}`, { ...SD1, [key]: [1] }));
    expect(notes).toEqual([expect.stringContaining(`holds the tensor ${key}, which are not needed`)]);
  });

  test('many are one note of a few names', async () => {
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`embedding_manager.${i}`, [1]]));
    const { notes } = await opened(await single('many', { ...SD1, ...many }));
    expect(notes).toEqual([expect.stringMatching(/embedding_manager\.4, \.\.\. \(40 in all\)/)]);
  });

  test('a text encoder with its projection, in a folder', async () => {
    const folder = await changedFolder('projection', async (path) => {
      await editJson(join(path, 'model_index.json'), (json) => {
        json.text_encoder = ['transformers', 'CLIPTextModelWithProjection'];
      });
      const file = join(path, 'text_encoder/model.safetensors');
      await rewrite(file, (tensors) =>
        tensors.set('text_projection.weight', { dtype: 'F16', shape: [2], data: new Uint16Array(2) }),
      );
    });
    await opened(folder);
  });

  test('strangers are still refused', async () => {
    const stranger = { ...SD1, 'adapter.proj.weight': [1] };
    expect(await refusal(await single('stranger', stranger))).toMatch(
      /the tensor adapter\.proj\.weight which belong to no known component/,
    );
  });
});

async function rewrite(path: string, change: (tensors: Map<string, TensorData>) => void): Promise<void> {
  const { openSafetensors } = await import('@lusd/tensor');
  const tensors = new Map<string, TensorData>();
  {
    await using file = await openSafetensors(path);
    for (const [name, { dtype, shape }] of file.tensors)
      tensors.set(name, { dtype, shape, data: await file.read(name) });
  }
  change(tensors);
  await writeFile(path, encodeSafetensors(tensors));
}

describe('B14: the sample size of old conversions', () => {
  test('32 of a UNet of full size is corrected, and said', async () => {
    const path = await single('old', SD1, { beside: {} });
    await mkdir(at('old/unet'));
    const config = { sample_size: 32, cross_attention_dim: 768, attention_head_dim: 8 };
    await writeFile(at('old/unet/config.json'), JSON.stringify(config));
    const { unet, notes } = await opened(path, { configFolder: diskFolder(at('old')) });
    expect(unet.config.sampleSize).toBe(64);
    expect(notes).toEqual([expect.stringMatching(/has sample_size 32, an error of old conversions/)]);
  });

  test('32 of a small UNet is meant', async () => {
    const { unet, notes } = await opened(SHAPES_MODEL);
    expect(unet.config.sampleSize).toBe(32);
    expect(notes).toEqual([]);
  });
});

describe('what nothing says is assumed, and told', () => {
  test('heads and scaling factor of a single file of another size', async () => {
    const { notes } = await open(await single('small', singleFileShapes('tiny')));
    expect(notes).toEqual([
      expect.stringMatching(/number of attention heads; 8 is assumed/),
      expect.stringMatching(/scaling factor; 0\.18215 is assumed/),
    ]);
  });

  test('the size of a folder that does not say it', async () => {
    const folder = await changedFolder('no size', (path) =>
      editJson(join(path, 'unet/config.json'), (json) => delete json.sample_size),
    );
    const { notes } = await opened(folder);
    expect(notes).toEqual([expect.stringMatching(/does not say at what size .*64 x 64 are assumed/)]);
  });
});

describe('B16: what stands in place of weights', () => {
  const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 3438167540\n';
  test.each([
    [
      'a Git LFS pointer',
      pointer,
      /is a Git LFS pointer.*\(the real file has 3438167540 bytes\); run `git lfs pull`/,
    ],
    [
      'JSON',
      '{"error":"Unauthorized"}',
      /is JSON, not weights: .*Unauthorized.*; download it again .* login or token/,
    ],
    ['a web page', '<!DOCTYPE html><title>Sign in</title>', /is a web page, not weights: .*resolve\//],
    ['text', 'Access to this model is restricted', /is text, not weights: "Access to this model/],
    ['a ZIP archive', 'PK\x03\x04\x14\0\0\0\0\0', /is a ZIP archive, .*; download the \.safetensors version/],
    ['a pickle', '\x80\x02}q\0', /is a Python pickle/],
    ['GGUF', 'GGUF\x03\0\0\0', /is a GGUF file; convert it to safetensors/],
    ['nothing', '', /is empty \(0 bytes\); download it again/],
  ])('%s', async (name, text, message) => {
    const bytes = Uint8Array.from(text, (c) => c.charCodeAt(0));
    const folder = await changedFolder(`in place: ${name}`, (path) =>
      writeFile(join(path, 'unet/diffusion_pytorch_model.safetensors'), bytes),
    );
    expect(await refusal(folder)).toMatch(message);
    await writeFile(at(`${name}.safetensors`), bytes);
    expect(await refusal(at(`${name}.safetensors`))).toMatch(message);
  });
});

describe('B17: other UNets are named before anything is loaded', () => {
  test.each([
    [9, 'for inpainting'],
    [12, 'of another kind'],
    [5, 'for depth'],
    [7, 'for upscaling'],
  ])('%i input channels', async (channels, kind) => {
    const key = 'model.diffusion_model.input_blocks.0.0.weight';
    const path = await single(`${channels} channels`, { ...SD1, [key]: [320, channels, 3, 3] });
    expect(await refusal(path)).toContain(`is a model ${kind}: its UNet takes ${channels} channels`);
    const config = { in_channels: channels, cross_attention_dim: 768 };
    await mkdir(at(`${channels} channels/unet`));
    await writeFile(at(`${channels} channels/unet/config.json`), JSON.stringify(config));
    const options = { configFolder: diskFolder(at(`${channels} channels`)) };
    expect(await refusal(path, options)).toContain(`is a model ${kind}`);
  });

  test.each<[string, Shapes]>([
    ['a LoRA', { 'lora_unet_down_blocks_0.lora_down.weight': [4, 320] }],
    ['a LoRA', { 'unet.down_blocks.0.attn1.to_q.lora_A.weight': [4, 320] }],
    ['a model wrapped by PEFT', { 'base_model.model.down_blocks.0.attn1.to_q.weight': [4, 320] }],
    ['a ControlNet', { 'control_model.input_blocks.0.0.weight': [320, 4, 3, 3] }],
    ['a ControlNet', { 'controlnet_cond_embedding.conv_in.weight': [16, 3, 3, 3] }],
    ['Stable Diffusion XL', { 'conditioner.embedders.1.model.ln_final.bias': [1280] }],
    ['a VAE alone', { 'encoder.conv_in.weight': [128, 3, 3, 3], 'decoder.conv_in.weight': [512, 4, 3, 3] }],
    ['a textual inversion', { emb_params: [2, 768] }],
    ['one component of a diffusers folder', { 'down_blocks.0.resnets.0.conv1.weight': [320, 320, 3, 3] }],
  ])('%s', async (kind, shapes) => {
    const path = await single(`other ${kind} ${Object.keys(shapes)[0]}`, shapes);
    expect(await refusal(path)).toContain(`holds ${kind}`);
  });

  test('a whole checkpoint with a ControlNet in it', async () => {
    const both = { ...SD1, 'control_model.input_blocks.0.0.weight': [320, 4, 3, 3] };
    expect(await refusal(await single('controlled', both))).toContain('holds a ControlNet');
  });
});

describe("B18: another version's configurations", () => {
  test('are told of in one sentence', async () => {
    const folder = at('sd1 configs');
    await mkdir(join(folder, 'unet'), { recursive: true });
    await mkdir(join(folder, 'text_encoder'));
    await writeFile(join(folder, 'unet/config.json'), '{"cross_attention_dim":768}');
    await writeFile(join(folder, 'text_encoder/config.json'), '{"hidden_size":768}');
    const path = await single('version 2', SD2);
    expect(await refusal(path, { configFolder: diskFolder(folder) })).toMatch(
      /unet\/config\.json has cross_attention_dim 768 \(Stable Diffusion 1\), but the weights in .* have 1024 \(Stable Diffusion 2\)/,
    );
  });
});

describe('B19: a tokenizer at the root of the folder that is named', () => {
  test.each([['vocab.json', 'merges.txt'], ['tokenizer.json']])('%s', async (...files) => {
    const folder = at(`clip ${files.join()}`);
    await mkdir(folder);
    const vocab = { a: 0, '<|startoftext|>': 1, '<|endoftext|>': 2 };
    const texts: Record<string, string> = {
      'vocab.json': JSON.stringify(vocab),
      'merges.txt': '#version: 0.2\n',
      'tokenizer.json': JSON.stringify({ model: { vocab, merges: [] } }),
    };
    for (const file of files) await writeFile(join(folder, file), texts[file] ?? '');
    const path = await single(`root ${files.join()}`, SD1);
    const { tokenizer } = await opened(path, { configFolder: diskFolder(folder) });
    expect(tokenizer.tokenizer.startId).toBe(1);
    expect([...(await tokenizer.files()).keys()]).toEqual(expect.arrayContaining(files));
  });
});
