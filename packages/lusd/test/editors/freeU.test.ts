import { type Tensor, tensor } from '@lusd/tensor';
import { expectAllClose } from '@lusd/testing/allClose';
import { expect, test } from 'vitest';
import { FreeU } from '../../src/editors/freeU.ts';
import '../support/device.ts';
import { readGolden } from '../support/goldenFiles.ts';
import { wave } from '../support/stubDenoiser.ts';

/** [1, C, h, w] as [1, h, w, C]. */
function pixelsLast(values: Float32Array, [height, width]: readonly [number, number]): Tensor {
  using planes = tensor(values.slice(), { shape: [1, 2, height, width] });
  return planes.permute([0, 2, 3, 1]);
}

test.each([
  ['16', [16, 16], 0.2],
  ['12x10', [12, 10], 0.9],
] as const)('the filter of skips is the released one, at %s', async (name, size, scale) => {
  const { tensors } = await readGolden('editors/ssd');
  const values = (key: string) => Float32Array.from(tensors.get(`freeu.${key}_${name}`)!);
  using freeU = new FreeU();
  using x = pixelsLast(values('in'), size);
  using filtered = freeU.filter(x, scale);
  using expected = pixelsLast(values('out'), size);
  expectAllClose(await filtered.data(), await expected.data(), { rtol: 1e-5 });
});

test.each([
  [1280, 640, 0.9],
  [640, 320, 0.2],
])('of %i incoming channels the first %i are amplified', async (channels, half, scale) => {
  using freeU = new FreeU();
  const { hooks } = freeU.listen();
  using hidden = tensor(wave(4 * channels), { shape: [1, 2, 2, channels] });
  using skip = tensor(wave(8), { shape: [1, 2, 2, 2] });
  const [amplified, filtered] = hooks.resnet().inputs!(hidden, skip);
  using expected = freeU.filter(skip, scale);
  expect(await filtered.data()).toEqual(await expected.data());
  const factor = (i: number) => (i % channels < half ? 1.1 : 1);
  expectAllClose(
    await amplified.data(),
    wave(4 * channels).map((value, i) => value * factor(i)),
    { rtol: 1e-6 },
  );
  for (const made of [amplified, filtered]) made.dispose();
});

test('other resnets are left alone', () => {
  using freeU = new FreeU();
  using hidden = tensor(wave(128), { shape: [1, 2, 2, 32] });
  using skip = tensor(wave(8), { shape: [1, 2, 2, 2] });
  expect(freeU.listen().hooks.resnet().inputs!(hidden, skip)).toEqual([hidden, skip]);
});
