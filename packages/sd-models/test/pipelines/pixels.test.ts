import { tensor } from '@lusd/tensor';
import { expect, test } from 'vitest';
import { fromPixels } from '../../src/pipelines/pixels.ts';
import '../support/device.ts';

test("rounds halves to even, as diffusers' VaeImageProcessor does", async () => {
  using pixels = tensor([-0.4, 0.4, -0.8, 0, 0.8, 0.2], { shape: [1, 1, 2, 3] });
  const { width, height, data } = await fromPixels(pixels);
  expect([width, height]).toEqual([2, 1]);
  // diffusers 0.38: VaeImageProcessor().postprocess
  expect([...data]).toEqual([76, 178, 25, 128, 230, 153]);
});
