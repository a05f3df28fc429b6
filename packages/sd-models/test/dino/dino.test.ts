import { type DType, type Tensor, TorchCpuGenerator } from '@lusd/tensor';
import { fillWeights } from '@lusd/testing-models/fillWeights';
import { describe, expect, test } from 'vitest';
import type { DinoConfig } from '../../src/dino/config.ts';
import { DinoModel } from '../../src/dino/dino.ts';
import '../support/device.ts';
import { expectGolden, expectLayers } from '../support/expectLayers.ts';
import { type GoldenCase, pictureTensor, readGolden } from '../support/golden.ts';

interface DinoRecord {
  readonly config: DinoConfig;
  readonly weightSeed: number;
  readonly inputSeed: number;
  readonly shape: readonly number[];
}

const TOLERANCES = { f32: 1e-4, f16: 1e-2 } as const;
const cases = await readGolden<DinoRecord>('dino');

function build({ config, weightSeed }: DinoRecord, dtype: DType = 'f32'): DinoModel {
  return fillWeights(new DinoModel(config), weightSeed).to(dtype);
}

function pixelsOf({ record: { inputSeed, shape } }: GoldenCase<DinoRecord>): Tensor {
  const count = shape.reduce((product, extent) => product * extent, 1);
  return pictureTensor(new TorchCpuGenerator(inputSeed).randn(count), shape);
}

describe.each(cases)('DinoModel: $name', (c) => {
  test.each(['f32', 'f16'] as const)(
    "every layer, class tokens and keys equal timm's in %s",
    async (dtype) => {
      using model = build(c.record, dtype);
      using pixels = pixelsOf(c);
      const rtol = TOLERANCES[dtype];
      await expectLayers(model, c, rtol, () => model.encodeImage(pixels).dispose());
      await expectGolden(model.encodeImage(pixels), c, 'class_token', rtol);
      await expectGolden(model.lastKeys(pixels), c, 'keys', rtol);
    },
  );
});

test('a picture smaller than a patch is refused', () => {
  using model = build(cases[0]!.record);
  using pixels = pictureTensor(new Float32Array(3 * 7 * 32), [1, 3, 7, 32]);
  expect(() => model.encodeImage(pixels)).toThrow(/smaller than the kernel/);
});
