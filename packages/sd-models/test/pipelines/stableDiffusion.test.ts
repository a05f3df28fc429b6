import { copyFile, cp, mkdir, mkdtemp, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileKernels, openSafetensors, type TensorData, writeSafetensors, zeros } from '@lusd/tensor';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LoadPathOptions, loadStableDiffusion } from '../../src/node/loadStableDiffusion.ts';
import { textToImage } from '../../src/pipelines/textToImage.ts';
import type { DTypeChoice } from '../../src/weights/chooseDtype.ts';
import '../support/device.ts';
import { expectNothingLeft } from '@lusd/testing-models/liveBuffers';
import {
  writeConfigFolder,
  writeShardedFolder,
  writeSingleFile,
  writeWholeFolder,
} from '@lusd/testing-models/tinyCheckpoint';

let root = '';
const at = (...parts: string[]) => join(root, ...parts);

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'stable-diffusion-'));
  await writeWholeFolder(at('whole'));
  await writeShardedFolder(at('sharded'));
  await writeConfigFolder(at('configs'));
  await writeSingleFile(at('single.safetensors'));
});

afterAll(() => rm(root, { recursive: true }));

async function picture(path: string, options?: LoadPathOptions): Promise<Uint8Array> {
  using pipeline = await loadStableDiffusion(path, options);
  return (await textToImage(pipeline, { prompt: 'a red hat', steps: 2, sampler: 'ddim' })).data;
}

test('one checkpoint gives one picture, whichever way it is stored', async () => {
  const whole = await picture(at('whole'));
  expect(new Set(whole).size).toBeGreaterThan(20);
  expect(await picture(at('sharded'))).toEqual(whole);
  expect(await picture(at('sharded'), { variant: 'fp16' })).toEqual(whole);
  expect(await picture(at('single.safetensors'), { configFolder: at('configs') })).toEqual(whole);
});

test('compiled ahead, as on a GPU, nothing is left to compile of encoding, a UNet call and decoding', async () => {
  using pipeline = await loadStableDiffusion(at('whole'));
  const { unet, vae, device } = pipeline;
  using _ = device.tuning.override({ facts: { software: false } });
  const size = 8 * vae.downscaleFactor;
  await pipeline.compile(size, size);
  const image = { width: size, height: size, data: new Uint8Array(size * size * 3).fill(9) };
  const left = await compileKernels(() => {
    const { mean } = pipeline.encodeImage(image);
    using context = unet.prepareContext(pipeline.encodePrompts(['a red hat', 'a blue hat']));
    unet.forward(zeros([2, 8, 8, unet.config.inChannels]), 233, { context });
    vae.decode(mean);
  });
  expect(left).toBe(0);
});

test('f16 weights give nearly the same picture', async () => {
  const [full, half] = [await picture(at('whole')), await picture(at('whole'), { dtype: 'f16' })];
  const difference = full.reduce((sum, value, i) => sum + Math.abs(value - half[i]!), 0) / full.length;
  expect(difference).toBeLessThan(2);
});

test('auto says what it chose before it reads weights, and loads that', async () => {
  const choices: DTypeChoice[] = [];
  const onDtype = (choice: DTypeChoice) => choices.push(choice);
  const chosen = await picture(at('whole'), { dtype: 'auto', onDtype });
  expect(choices).toEqual([{ dtype: 'f32', reason: 'the weights are stored as F32' }]);
  expect(chosen).toEqual(await picture(at('whole'), { dtype: 'f32', onDtype }));
  expect(choices).toHaveLength(1);
});

/** Changes a file's tensors. */
async function rewrite(path: string, change: (tensors: Map<string, TensorData>) => void): Promise<void> {
  const tensors = new Map<string, TensorData>();
  {
    await using file = await openSafetensors(path);
    for (const [name, info] of file.tensors) {
      tensors.set(name, { dtype: info.dtype, shape: info.shape, data: await file.read(name) });
    }
  }
  change(tensors);
  await writeSafetensors(path, tensors);
}

async function editJson(path: string, change: (json: Record<string, unknown>) => void): Promise<void> {
  const json = JSON.parse(await readFile(path, 'utf8'));
  change(json);
  await writeFile(path, JSON.stringify(json));
}

const VAE = 'vae/diffusion_pytorch_model.safetensors';
const TEXT = 'text_encoder/model.safetensors';
const CONV_IN = 'encoder.conv_in.bias';
const SHARDS = 'vae/diffusion_pytorch_model.safetensors.index.fp16.json';
const SHARD = 'vae/diffusion_pytorch_model.fp16-00002-of-00002.safetensors';

type Breakage = [what: string, damage: (folder: string) => Promise<unknown>, message: RegExp];

const WHOLE: Breakage[] = [
  ['no model_index.json', (f) => rm(join(f, 'model_index.json')), /has no model_index\.json/],
  [
    'a malformed index',
    (f) => writeFile(join(f, 'model_index.json'), '{'),
    /model_index\.json is not valid JSON/,
  ],
  [
    "another model's class",
    (f) => editJson(join(f, 'model_index.json'), (json) => (json.unet = ['diffusers', 'UNet3D'])),
    /names UNet3D as its unet; only UNet2DConditionModel is supported/,
  ],
  ['no VAE folder', (f) => rm(join(f, 'vae'), { recursive: true }), /vae has no config\.json/],
  ['no config', (f) => rm(join(f, 'unet', 'config.json')), /unet has no config\.json/],
  [
    'a malformed config',
    (f) => writeFile(join(f, 'vae/config.json'), '['),
    /vae\/config\.json is not valid JSON/,
  ],
  [
    'an unsupported activation',
    (f) => editJson(join(f, 'vae/config.json'), (json) => (json.act_fn = 'relu')),
    /vae\/config\.json: act_fn is "relu"/,
  ],
  [
    'another width',
    (f) => editJson(join(f, 'vae/config.json'), (json) => (json.block_out_channels = [32, 64, 64, 128])),
    /config\.json has block_out_channels .*, but the weights in .* have /,
  ],
  ['no weights', (f) => rm(join(f, VAE)), /vae has no safetensors weights/],
  [
    'weights of another format',
    (f) => rename(join(f, VAE), join(f, 'vae/a.bin')),
    /it has a\.bin; download the safetensors/,
  ],
  ['an empty file', (f) => writeFile(join(f, VAE), ''), /is empty \(0 bytes\)/],
  ['a truncated file', (f) => truncate(join(f, VAE), 100_000), /diffusion_pytorch_model\.safetensors/],
  [
    'a file that is no safetensors',
    (f) => writeFile(join(f, VAE), 'PK'.repeat(99)),
    /is a web page|is text, not weights/,
  ],
  [
    'a missing tensor',
    (f) => rewrite(join(f, VAE), (t) => t.delete(CONV_IN)),
    /missing: encoder\.conv_in\.bias/,
  ],
  [
    'an unexpected tensor',
    (f) => rewrite(join(f, VAE), (t) => t.set('lora.up', t.get(CONV_IN)!)),
    /unexpected: lora\.up/,
  ],
  [
    'a misshapen tensor',
    (f) => rewrite(join(f, VAE), (t) => t.set(CONV_IN, { ...t.get(CONV_IN)!, shape: [4, 8] })),
    /misshapen: encoder\.conv_in\.bias \[4, 8\] instead of \[32\]/,
  ],
  [
    'integers for weights',
    (f) =>
      rewrite(join(f, VAE), (t) => t.set(CONV_IN, { dtype: 'I32', shape: [32], data: new Int32Array(32) })),
    /dtype that holds no weights: encoder\.conv_in\.bias I32/,
  ],
  [
    'NaN',
    (f) =>
      rewrite(join(f, TEXT), (t) => {
        const name = 'text_model.final_layer_norm.bias';
        t.set(name, { dtype: 'F32', shape: [32], data: new Float32Array(32).fill(Number.NaN) });
      }),
    /'text_model\.final_layer_norm\.bias'.* holds NaN or an infinity/,
  ],
  [
    'no scheduler',
    (f) => rm(join(f, 'scheduler'), { recursive: true }),
    /has no scheduler\/scheduler_config\.json/,
  ],
  [
    'an unsupported noise schedule',
    (f) => editJson(join(f, 'scheduler/scheduler_config.json'), (json) => (json.use_flow_sigmas = true)),
    /use_flow_sigmas is true, which is for flow matching/,
  ],
  [
    'a UNet for inpainting',
    (f) => editJson(join(f, 'unet/config.json'), (json) => (json.in_channels = 9)),
    /is a model for inpainting: its UNet takes 9 channels/,
  ],
  [
    "another model's text encoder",
    (f) => editJson(join(f, 'text_encoder/config.json'), (json) => (json.hidden_size = 64)),
    /the UNet attends to 32 features, but the text encoder gives 64/,
  ],
  [
    "another model's tokenizer",
    (f) => writeFile(join(f, 'tokenizer/tokenizer_config.json'), '{"model_max_length":99}'),
    /the tokenizer gives 99 tokens, but the text encoder takes 77/,
  ],
  [
    'a VAE of grey pictures',
    (f) => editJson(join(f, 'vae/config.json'), (json) => (json.in_channels = 1)),
    /the VAE takes 1 channels and makes 3; only RGB pictures/,
  ],
  ['no tokenizer', (f) => rm(join(f, 'tokenizer'), { recursive: true }), /tokenizer has no tokenizer/],
  ['no merges', (f) => rm(join(f, 'tokenizer/merges.txt')), /merges\.txt is missing/],
];

const SHARDED: Breakage[] = [
  ['a missing shard', (f) => rm(join(f, SHARD)), /lists shards that are missing/],
  [
    'a shard outside the folder',
    (f) =>
      editJson(join(f, SHARDS), (json) => {
        (json.weight_map as Record<string, string>)[CONV_IN] = '../../../secret.safetensors';
      }),
    /a shard must be a \.safetensors file next to the index/,
  ],
  [
    'a shard that lacks what the index places in it',
    (f) => rewrite(join(f, SHARD), (t) => t.delete([...t.keys()][0]!)),
    /Tensors are not where the shard index places them/,
  ],
];

describe.each([
  ['whole', WHOLE],
  ['sharded', SHARDED],
] as const)('a damaged %s folder', (source, breakages) => {
  test.each(breakages)('%s: one clear error, and nothing left on the device', async (_, damage, message) => {
    const folder = await mkdtemp(join(root, 'damaged-'));
    await cp(at(source), folder, { recursive: true });
    await damage(folder);
    await expectNothingLeft(() => expect(loadStableDiffusion(folder)).rejects.toThrow(message));
  });
});

describe('a single file', () => {
  const load = (path: string) => loadStableDiffusion(path, { configFolder: at('configs') });

  test('infers no configuration that is there but cannot be read', async () => {
    const configFolder = at('unreadable');
    await mkdir(join(configFolder, 'unet/config.json'), { recursive: true });
    await expect(loadStableDiffusion(at('single.safetensors'), { configFolder })).rejects.toThrow(
      /unreadable\/unet\/config\.json cannot be read/,
    );
  });

  test('refuses tensors which belong to no known component', async () => {
    const path = at('foreign.safetensors');
    await copyFile(at('single.safetensors'), path);
    await rewrite(path, (t) =>
      t.set('control_model.bias', { dtype: 'F16', shape: [1], data: new Uint16Array(1) }),
    );
    await expect(load(path)).rejects.toThrow(/holds a ControlNet, not a whole Stable Diffusion model/);
  });

  test('must hold every component', async () => {
    const path = at('partial.safetensors');
    await copyFile(at('single.safetensors'), path);
    await rewrite(path, (t) => {
      for (const name of [...t.keys()]) if (name.startsWith('first_stage_model.')) t.delete(name);
    });
    await expect(load(path)).rejects.toThrow(/has no VAE; give one/);
  });

  test('must be there', async () => {
    await expect(load(at('nowhere'))).rejects.toThrow(/nowhere cannot be read/);
  });
});
