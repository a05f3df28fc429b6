import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Device, openDevice, setDevice } from '@lusd/tensor';
import { writeWholeFolder } from '@lusd/testing-models/tinyCheckpoint';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadStableDiffusion } from '../../src/node/loadStableDiffusion.ts';
import { textToImage } from '../../src/pipelines/textToImage.ts';
import { device } from '../support/device.ts';

let folder = '';
let other: Device;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'two-devices-'));
  await writeWholeFolder(folder);
  // From here on the other device is the current one.
  other = await openDevice({ adapter: process.env.LUSD_ADAPTER ?? 'auto', log: null });
});

afterAll(async () => {
  expect(other.memory().liveBuffers).toBe(0);
  other.destroy();
  setDevice(device);
  await rm(folder, { recursive: true });
});

const request = { prompt: 'a red hat', steps: 2, sampler: 'ddim' } as const;

test('a model loads on one device while another computes, and each stays where it is', async () => {
  using first = await loadStableDiffusion(folder, { device });
  const before = other.memory().liveBuffers;
  const [picture, second] = await Promise.all([
    textToImage(first, request),
    loadStableDiffusion(folder, { device: other }),
  ]);
  using loaded = second;
  expect(first.device).toBe(device);
  expect(loaded.device).toBe(other);
  expect(before).toBe(0);
  setDevice(device);
  expect((await textToImage(loaded, request)).data).toEqual(picture.data);
  setDevice(other);
});

test('a model moves to another device, and makes the same picture there', async () => {
  using model = await loadStableDiffusion(folder, { device });
  const picture = await textToImage(model, request);
  const held = device.memory().liveBuffers;
  await model.to(other);
  expect(model.device).toBe(other);
  expect((await textToImage(model, request)).data).toEqual(picture.data);
  // The frequencies of the timesteps go with the weights at the first use.
  expect(device.memory().liveBuffers).toBe(0);
  expect(other.memory().liveBuffers).toBe(held);
});
