import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TensorData, TorchCpuGenerator, writeSafetensors } from '@lusd/tensor';
import { drawWeight } from '@lusd/testing-models/fillWeights';
import { expectNothingLeft } from '@lusd/testing-models/liveBuffers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { blobFile } from '../../src/files/blobFolder.ts';
import { loadLpips } from '../../src/lpips/loadLpips.ts';
import type { LpipsNormalisation } from '../../src/lpips/lpips.ts';
import { SqueezeNet } from '../../src/lpips/squeezeNet.ts';
import { diskFile } from '../../src/node/diskFolder.ts';
import '../support/device.ts';
import { expectGolden } from '../support/expectLayers.ts';
import { pictureTensor, readGolden } from '../support/golden.ts';

interface LpipsRecord {
  readonly normalisation: LpipsNormalisation;
  readonly weightSeed: number;
  readonly inputSeed: number;
  readonly shape: readonly number[];
}

const smallest = (await readGolden<LpipsRecord>('lpips')).find(({ name }) => name === 'smallest')!;
let root = '';

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'lpips-'));
});

afterAll(() => rm(root, { recursive: true }));

/** SqueezeNet as the reference drew it, under torchvision's names, with torchvision's classifier. */
async function save(rename = (name: string) => name): Promise<string> {
  const generator = new TorchCpuGenerator(smallest.record.weightSeed);
  const parameters = new Map(new SqueezeNet().namedParameters());
  const tensors = new Map<string, TensorData>();
  for (const name of [...parameters.keys()].sort()) {
    const shape = parameters.get(name)!.torchShape;
    tensors.set(rename(name), { dtype: 'F32', shape, data: drawWeight(name, shape, generator) });
  }
  const bias = { dtype: 'F32', shape: [10], data: new Float32Array(10) } as const;
  tensors.set('classifier.1.bias', bias);
  const path = join(root, 'squeezenet1_1.safetensors');
  await writeSafetensors(path, tensors);
  return path;
}

test("torchvision's weights and the heads that ship give the distances of lpips", async () => {
  using model = await loadLpips(diskFile(await save()));
  const { inputSeed, shape } = smallest.record;
  const generator = new TorchCpuGenerator(inputSeed);
  const count = shape.reduce((product, extent) => product * extent, 1);
  using a = pictureTensor(generator.randn(count), shape);
  using b = pictureTensor(generator.randn(count), shape);
  await expectGolden(model.distance(a, b), smallest, 'distance', 1e-4);
  expect(model.parameters().some(({ value }) => value.requiresGrad)).toBe(false);
});

describe('other files are refused, and nothing is left on the device', () => {
  test.each([
    [
      'lpips',
      (name: string) => name.replace('features', 'net.slice1'),
      /has no tensor 'features\.0\.weight', so it holds no SqueezeNet/,
    ],
    [
      'SqueezeNet 1.0',
      (name: string) => name.replace('features.6.', 'features.13.'),
      /missing: features\.6\.squeeze\.weight/,
    ],
  ] as const)('%s', async (_, rename, message) => {
    const path = await save(rename);
    await expectNothingLeft(async () => {
      await expect(loadLpips(diskFile(path))).rejects.toThrow(message);
    });
  });

  test("torchvision's own file, with what to do", async () => {
    const zip = new File([Uint8Array.of(0x50, 0x4b, 3, 4)], 'squeezenet1_1-b8a52dc0.pth');
    await expect(loadLpips(blobFile(zip))).rejects.toThrow(
      /squeezenet1_1-b8a52dc0\.pth is a ZIP archive.*convert torchvision's SqueezeNet 1\.1 with torch as docs\/files\.md shows/,
    );
  });
});
