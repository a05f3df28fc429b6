import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TensorData, TorchCpuGenerator, writeSafetensors } from '@lusd/tensor';
import { drawWeight } from '@lusd/testing-models/fillWeights';
import { expectNothingLeft } from '@lusd/testing-models/liveBuffers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DinoConfig, inferDinoConfig } from '../../src/dino/config.ts';
import { DinoModel } from '../../src/dino/dino.ts';
import { loadDino } from '../../src/dino/loadDino.ts';
import { blobFile } from '../../src/files/blobFolder.ts';
import { modelAt } from '../../src/node/diskFolder.ts';
import type { StateDict } from '../../src/weights/weightSource.ts';
import '../support/device.ts';
import { expectGolden } from '../support/expectLayers.ts';
import { pictureTensor, readGolden } from '../support/golden.ts';

interface DinoRecord {
  readonly config: DinoConfig;
  readonly weightSeed: number;
  readonly inputSeed: number;
  readonly shape: readonly number[];
}

/** The case whose heads have 64 channels, as every published DINO's. */
const small = (await readGolden<DinoRecord>('dino')).find(({ name }) => name === 'oneHead')!;
let root = '';

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'dino-'));
});

afterAll(() => rm(root, { recursive: true }));

/** The small model's weights as the reference drew them, under timm's names. */
function drawWeights(rename = (name: string) => name): Map<string, TensorData> {
  const generator = new TorchCpuGenerator(small.record.weightSeed);
  const parameters = new Map(new DinoModel(small.record.config).namedParameters());
  const tensors = new Map<string, TensorData>();
  for (const name of [...parameters.keys()].sort()) {
    const shape = parameters.get(name)!.torchShape;
    tensors.set(rename(name), { dtype: 'F32', shape, data: drawWeight(name, shape, generator) });
  }
  return tensors;
}

async function save(name: string, tensors: Map<string, TensorData>): Promise<string> {
  const path = join(root, name);
  await writeSafetensors(path, tensors);
  return path;
}

test.each(['folder', 'file'])("a %s of timm's gives timm's class token and keys", async (kind) => {
  const path = await save('model.safetensors', drawWeights());
  using model = await loadDino(await modelAt(kind === 'folder' ? root : path));
  expect(model.config).toEqual(small.record.config);
  const { inputSeed, shape } = small.record;
  using pixels = pictureTensor(new TorchCpuGenerator(inputSeed).randn(3 * 48 * 48), shape);
  await expectGolden(model.encodeImage(pixels), small, 'class_token', 1e-4);
  await expectGolden(model.lastKeys(pixels), small, 'keys', 1e-4);
});

describe('other files are refused, and nothing is left on the device', () => {
  test.each([
    [
      "transformers'",
      (name: string) => `vit.embeddings.${name}`,
      /has transformers' names of DINO, such as 'vit\.embeddings\..*give timm's file/,
    ],
    [
      "another model's",
      (name: string) => `unet.${name}`,
      /has no tensor 'patch_embed\.proj\.weight', so it holds no DINO/,
    ],
    [
      'a head',
      (name: string) => (name === 'norm.bias' ? 'head.bias' : name),
      /missing: norm\.bias; unexpected: head\.bias/,
    ],
  ] as const)('%s', async (_, rename, message) => {
    const path = await save('other.safetensors', drawWeights(rename));
    await expectNothingLeft(async () => {
      await expect(loadDino(await modelAt(path))).rejects.toThrow(message);
    });
  });

  test('a pickle', async () => {
    const pickle = new File([Uint8Array.of(0x80, 0x02, 0x7d)], 'dino_deitsmall16_pretrain.pth');
    await expect(loadDino(blobFile(pickle))).rejects.toThrow(/dino_deitsmall16_pretrain\.pth/);
  });
});

describe('of the published models', () => {
  type Shapes = Readonly<Record<string, readonly number[]>>;
  const published = JSON.parse(
    readFileSync(new URL('../golden/dino_shapes.json', import.meta.url), 'utf8'),
  ) as Readonly<Record<string, Shapes>>;

  test.each([
    ['vit_small_patch16_224.dino', [384, 6, 16, 12], 21_665_664],
    ['vit_base_patch8_224.dino', [768, 12, 8, 12], 85_807_872],
  ] as const)('%s has the tensors of timm', (name, [hiddenSize, heads, patchSize, layers], parameters) => {
    const shapes = published[name]!;
    const config = inferDinoConfig(asStored(shapes), name);
    expect(config).toEqual({
      imageSize: 224,
      patchSize,
      hiddenSize,
      intermediateSize: 4 * hiddenSize,
      numHiddenLayers: layers,
      numAttentionHeads: heads,
    });
    const own = new DinoModel(config).namedParameters();
    expect(Object.fromEntries(own.map(([key, { torchShape }]) => [key, torchShape]))).toEqual(shapes);
    const sizes = Object.values(shapes).map((shape) => shape.reduce((a, b) => a * b, 1));
    expect(sizes.reduce((a, b) => a + b, 0)).toBe(parameters);
  });

  function asStored(shapes: Shapes): StateDict {
    const file = blobFile(new File([], 'model.safetensors'));
    return new Map(Object.entries(shapes).map(([key, shape]) => [key, { file, key, dtype: 'F32', shape }]));
  }
});
