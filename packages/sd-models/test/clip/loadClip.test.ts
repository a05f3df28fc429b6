import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TensorData, TorchCpuGenerator, writeSafetensors } from '@lusd/tensor';
import { expectAllClose } from '@lusd/testing/allClose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ClipModel } from '../../src/clip/clip.ts';
import { parseClipConfig } from '../../src/clip/config.ts';
import { loadClip } from '../../src/clip/loadClip.ts';
import { clipPixels, clipStretchedPixels } from '../../src/clip/preprocess.ts';
import { toClipPlanes } from '../../src/image/planes.ts';
import { modelAt } from '../../src/node/diskFolder.ts';
import '../support/device.ts';
import { drawWeight } from '@lusd/testing-models/fillWeights';
import { expectNothingLeft } from '@lusd/testing-models/liveBuffers';
import { stateDictKeys } from '@lusd/testing-models/stateDictKeys';
import { picture } from '../image/pillow.ts';
import { pictureTensor, readGolden } from '../support/golden.ts';

interface ClipRecord {
  readonly config: unknown;
  readonly weightSeed: number;
  readonly inputSeed: number;
  readonly texts: readonly (readonly number[])[];
}

const clip = (await readGolden<ClipRecord>('clip')).find(({ name }) => name === 'clip')!;
const large = (await readGolden<ClipRecord>('clip_l14'))[0]!;
let root = '';

interface Drawn {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** The small model's weights under transformers' names, as the reference drew them. */
function drawWeights({ config, weightSeed }: ClipRecord = clip.record): Map<string, Drawn> {
  const model = new ClipModel(parseClipConfig(config));
  const generator = new TorchCpuGenerator(weightSeed);
  const shapes = new Map(
    [...model.namedParameters()].map(([name, { torchShape }]) => [name, torchShape] as const),
  );
  return new Map(
    [...shapes.keys()].sort().map((name) => {
      const shape = shapes.get(name)!;
      return [name, { shape, data: drawWeight(name, shape, generator) }];
    }),
  );
}

/** The same as the original CLIP keeps them: by the names of its own state dict, packed and transposed. */
function asOriginal(weights: ReadonlyMap<string, Drawn>): Map<string, Drawn> {
  const original = new Map<string, Drawn>();
  const packed = new Map<string, (readonly [start: number, part: Drawn])[]>();
  for (const [name, , stored, view] of stateDictKeys().clipVitB32.tensors) {
    const weight = weights.get(name);
    if (!weight) continue;
    if (Array.isArray(view)) packed.set(stored, [...(packed.get(stored) ?? []), [view[0], weight]]);
    else original.set(stored, view === 'transpose' ? transposed(weight) : weight);
  }
  for (const [name, parts] of packed) {
    const inOrder = parts.toSorted(([a], [b]) => a - b).map(([, part]) => part);
    original.set(name, stacked(inOrder));
  }
  return original;
}

function transposed({ shape, data }: Drawn): Drawn {
  const [rows, columns] = shape as [number, number];
  const swapped = data.map((_, i) => data[(i % rows) * columns + Math.floor(i / rows)]!);
  return { shape: [columns, rows], data: swapped };
}

function stacked(parts: readonly Drawn[]): Drawn {
  const [{ shape }] = parts as [Drawn];
  const data = Float32Array.from(parts.flatMap((part) => [...part.data]));
  return { shape: [parts.length * shape[0]!, ...shape.slice(1)], data };
}

async function write(path: string, weights: ReadonlyMap<string, Drawn>): Promise<void> {
  const tensors = new Map<string, TensorData>();
  for (const [name, weight] of weights) tensors.set(name, { dtype: 'F32', ...weight });
  await writeSafetensors(path, tensors);
}

async function expectReferenceEmbeddings(path: string, { record, tensors } = clip): Promise<void> {
  using model = await loadClip(await modelAt(path));
  const side = model.config.vision.imageSize;
  using pixels = pictureTensor(new TorchCpuGenerator(record.inputSeed).randn(3 * 3 * side * side), [
    3,
    3,
    side,
    side,
  ]);
  using text = model.encodeText(record.texts);
  using image = model.encodeImage(pixels);
  expectAllClose(await text.data(), tensors.get('text_embeddings')!.data, { rtol: 1e-4 });
  expectAllClose(await image.data(), tensors.get('image_embeddings')!.data, { rtol: 1e-4 });
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'clip-'));
  await writeFile(join(root, 'config.json'), JSON.stringify(clip.record.config));
});

afterAll(() => rm(root, { recursive: true }));

test("a folder of transformers' gives transformers' embeddings", async () => {
  await write(join(root, 'model.safetensors'), drawWeights());
  await expectReferenceEmbeddings(root);
});

test('so does one of the proportions of ViT-L/14, with the position ids of older files', async () => {
  const folder = join(root, 'large');
  await mkdir(folder);
  await writeFile(join(folder, 'config.json'), JSON.stringify(large.record.config));
  const weights = drawWeights(large.record);
  for (const [tower, length] of [
    ['text', 16],
    ['vision', 17],
  ] as const) {
    const data = Float32Array.from({ length }, (_, i) => i);
    weights.set(`${tower}_model.embeddings.position_ids`, { shape: [1, length], data });
  }
  await write(join(folder, 'model.safetensors'), weights);
  await expectReferenceEmbeddings(folder, large);
});

test("so does the original CLIP's state dict of the same weights", async () => {
  await write(join(root, 'model.safetensors'), asOriginal(drawWeights()));
  await expectReferenceEmbeddings(root);
});

test('a single file must be ViT-B/32, and nothing is left on the device', async () => {
  const path = join(root, 'single.safetensors');
  await write(path, drawWeights());
  const notes: string[] = [];
  await expectNothingLeft(async () => {
    const file = await modelAt(path);
    await expect(loadClip(file, { onNote: (note) => notes.push(note) })).rejects.toThrow(
      /single\.safetensors do not fit the model's configuration/,
    );
    // B24: another ViT-B/32 has the same names and shapes, and another activation.
    expect(notes).toEqual([expect.stringMatching(/is assumed to be OpenAI's CLIP ViT-B\/32.*hidden_act/)]);
    await expect(modelAt(join(root, 'nowhere'))).rejects.toThrow(/nowhere cannot be read/);
  });
});

test('clipPixels stacks pictures as the image encoder takes them', async () => {
  const images = [1, 2].map((k) => ({
    width: 30,
    height: 20,
    data: Uint8Array.from({ length: 1800 }, (_, i) => (k * i) % 251),
  }));
  using pixels = clipPixels(images);
  expect(pixels.shape).toEqual([2, 224, 224, 3]);
  const planes = images.map(toClipPlanes);
  const data = await pixels.data();
  for (const [image, y, x, c] of [
    [0, 0, 0, 0],
    [1, 3, 200, 2],
    [1, 223, 223, 1],
  ] as const) {
    const expected = planes[image]![(c * 224 + y) * 224 + x];
    expect(data[((image * 224 + y) * 224 + x) * 3 + c]).toBe(expected);
  }
  expect(() => clipPixels([])).toThrow('clipPixels: pass at least one picture');
});

interface Stretched {
  readonly source: [width: number, height: number];
}

/** Every such element of a stretched picture is stored. */
const PIXEL_STRIDE = 211;

test.each(await readGolden<Stretched>('clip_pixels'))(
  "clipStretchedPixels of $name are PyTorch's, alone and among others",
  async ({ record, tensors }) => {
    using pixels = clipStretchedPixels([picture([30, 20], 1), picture(record.source, 6)]);
    expect(pixels.shape).toEqual([2, 224, 224, 3]);
    const own = (await pixels.data()).slice(224 * 224 * 3);
    const sampled = own.filter((_, i) => i % PIXEL_STRIDE === 0);
    expectAllClose(sampled, tensors.get('pixels')!.data, { rtol: 1e-5 });
  },
);
