import { fileURLToPath } from 'node:url';
import { openSafetensors, type Shape, type Tensor, tensor, toFloat32 } from '@lusd/tensor';
import { expectAllClose } from '@lusd/testing/allClose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { StableDiffusion } from '../../src/index.ts';
import { loadStableDiffusion } from '../../src/node/loadStableDiffusion.ts';
import '../support/device.ts';
import { pictureTensor } from '../support/golden.ts';

// What diffusers and transformers make of the same files: reference/shapes/golden.py.
const WEIGHTS = fileURLToPath(new URL('../../../../weights/shapes', import.meta.url));
const FIXTURE = new URL('../golden/shapes.safetensors', import.meta.url);
const TOLERANCE = { rtol: 1e-4 };

let pipeline: StableDiffusion;
let prompt: string;
let timestep: number;
const stored = new Map<string, { shape: Shape; data: Float32Array<ArrayBuffer> }>();

beforeAll(async () => {
  pipeline = await loadStableDiffusion(WEIGHTS);
  await using file = await openSafetensors(FIXTURE);
  for (const [name, { shape, dtype }] of file.tensors)
    stored.set(name, { shape, data: toFloat32(await file.read(name), dtype) });
  prompt = file.metadata.get('prompt')!;
  timestep = Number(file.metadata.get('timestep'));
});

afterAll(() => pipeline.dispose());

function picture(name: string): Tensor {
  const { shape, data } = stored.get(name)!;
  return pictureTensor(data, shape);
}

async function expectPicture(actual: Tensor, name: string): Promise<void> {
  using expected = picture(name);
  expectAllClose(await actual.data(), await expected.data(), TOLERANCE);
}

test('the prompt gives the same ids and context', async () => {
  const { shape, data } = stored.get('context')!;
  expect([...pipeline.tokenizer.encode(prompt).ids]).toEqual([...stored.get('ids')!.data]);
  using context = pipeline.encodePrompts([prompt]);
  expect(context.shape).toEqual(shape);
  expectAllClose(await context.data(), data, TOLERANCE);
});

test('the UNet gives the same prediction', async () => {
  const { shape, data } = stored.get('context')!;
  using context = tensor(data, { shape });
  using noisy = picture('z');
  using prediction = pipeline.unet.forward(noisy, timestep, { context });
  await expectPicture(prediction, 'noise');
});

test('the autoencoder gives the same latents, and the same picture of them', async () => {
  const { shape, data } = stored.get('image')!;
  const [, , height, width] = shape as [number, number, number, number];
  using bytes = pictureTensor(data, shape);
  const { mean, logvar } = pipeline.encodeImage({ width, height, data: Uint8Array.from(await bytes.data()) });
  await expectPicture(mean, 'latent');
  for (const x of [mean, logvar]) x.dispose();
  using latents = picture('latent');
  using scaled = latents.div(pipeline.vae.config.scalingFactor);
  using decoded = pipeline.vae.decode(scaled);
  await expectPicture(decoded, 'decoded');
});
