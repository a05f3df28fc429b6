import { createHash } from 'node:crypto';
import { cpSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { openSafetensors, writeSafetensors } from '@lusd/tensor';
import {
  writeConfigFolder,
  writeShardedFolder,
  writeSingleFile,
  writeWholeFolder,
} from '@lusd/testing-models/tinyCheckpoint';
import { beforeAll, describe, expect, test } from 'vitest';
import { lusd, ONE_ERROR, SHAPES, temporaryFolder } from '../lusd.ts';

const folder = temporaryFolder();
const at = (...parts: string[]) => join(folder, ...parts);
const WEIGHTS = [
  'unet/diffusion_pytorch_model.safetensors',
  'vae/diffusion_pytorch_model.safetensors',
  'text_encoder/model.safetensors',
];

beforeAll(async () => {
  await writeWholeFolder(at('whole'));
  await writeShardedFolder(at('sharded'));
  await writeConfigFolder(at('configs'));
  await writeSingleFile(at('single.safetensors'));
});

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Every tensor of a file, with the checksum of its bytes. */
async function tensorsOf(path: string): Promise<Map<string, unknown>> {
  await using file = await openSafetensors(path);
  const tensors = new Map<string, unknown>();
  for (const [name, { dtype, shape }] of file.tensors)
    tensors.set(name, { dtype, shape, sha256: sha256(await file.read(name)) });
  return tensors;
}

// The whole folder's names and shapes are diffusers' own.
test.each([
  ['a single file', 'single.safetensors', ['--config-folder', at('configs')]],
  ['sharded files of halves', 'sharded', []],
])('%s become the diffusers folder of the same checkpoint', async (_, source, flags) => {
  const output = at(`from ${source}`);
  expect(lusd('weights', 'convert', at(source), output, '--dtype', 'f32', ...flags)).toMatchObject({
    code: 0,
  });
  for (const name of WEIGHTS)
    expect(await tensorsOf(join(output, name)), name).toEqual(await tensorsOf(at('whole', name)));
});

describe('what cannot be loaded is neither converted nor called complete', () => {
  /** The shapes model with something else wrong in each copy. */
  function spoiled(name: string, spoil: (path: string) => void): string {
    cpSync(SHAPES, at(name), { recursive: true });
    spoil(at(name));
    return at(name);
  }

  function expectRefused(source: string, convert: RegExp, inspect: RegExp, ...flags: string[]): void {
    const output = at('never');
    const converted = lusd('weights', 'convert', source, output, ...flags);
    expect(converted.code).toBe(1);
    expect(converted.stderr).toMatch(ONE_ERROR);
    expect(converted.stderr).toMatch(convert);
    expect(readdirSync(folder).filter((name) => name.startsWith('never'))).toEqual([]);
    const inspected = lusd('weights', 'inspect', source, ...flags);
    expect(inspected).toMatchObject({ code: 1, stdout: expect.stringMatching(inspect) });
    expect(inspected.stderr).toMatch(
      /cannot be loaded as Stable Diffusion; the report above lists what is missing\.$/,
    );
  }

  test("another component's weights", () => {
    const wrong = spoiled('wrong', (path) =>
      cpSync(join(path, 'vae'), join(path, 'unet'), {
        recursive: true,
        filter: (file) => !file.endsWith('config.json'),
      }),
    );
    expectRefused(wrong, /do not fit the model's configuration: missing: conv_in/, /^ {2}The weights in /m);
  });

  // Noise or velocity: guessed wrongly, every picture would be spoiled.
  test('a folder without its noise schedule', () => {
    const bare = spoiled('bare', (path) => rmSync(join(path, 'scheduler'), { recursive: true }));
    const missing = /bare has no scheduler\/scheduler_config\.json; download the folder again/;
    expectRefused(bare, missing, missing);
  });

  test('a folder without its tokenizer', () => {
    const mute = spoiled('mute', (path) => rmSync(join(path, 'tokenizer'), { recursive: true }));
    expectRefused(mute, /tokenizer has no tokenizer, /, /tokenizer has no tokenizer, /);
  });

  test('a file with tensors of no component', async () => {
    const path = at('more.safetensors');
    await using file = await openSafetensors(at('single.safetensors'));
    const tensors = new Map();
    for (const [name, { dtype, shape }] of file.tensors)
      tensors.set(name, { dtype, shape, data: await file.read(name) });
    tensors.set('adapter.weight', { dtype: 'F32', shape: [1], data: new Float32Array(1) });
    await writeSafetensors(path, tensors);
    const more = /more\.safetensors holds the tensor adapter\.weight which belong to no known component; /;
    for (const command of [['inspect'], ['convert', at('never')]]) {
      const [name = '', ...output] = command;
      const { code, stderr } = lusd('weights', name, path, ...output, '--config-folder', at('configs'));
      expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(more) });
      expect(stderr).toMatch(ONE_ERROR);
    }
    expect(existsSync(at('never'))).toBe(false);
  });
});
