import { availableParallelism } from 'node:os';
import { edit, lusd } from '@lusd/lusd';
import { COMPONENT_NAMES, type Image, openCheckpoint, type StableDiffusion } from '@lusd/sd-models';
import { diskFolder, loadStableDiffusion } from '@lusd/sd-models/node';
import {
  type Device,
  inference,
  openDevice,
  type Shape,
  type Tensor,
  TorchCpuGenerator,
  tensor,
} from '@lusd/tensor';
import { addedHostBytes, residentPeakBytes } from './hostMemory.ts';
import { byLayerKind, labelLayers } from './layerKinds.ts';
import type {
  FullSizeMessage,
  FullSizeRequest,
  FullSizeResult,
  LoadMeasurement,
  PartMeasurement,
} from './protocol.ts';

const SIDE = 512;
const LATENT_SHAPE = [64, 64, 4];
const TIMESTEP = 233;
/** The second iteration uses the maps of the first. */
const ITERATIONS = 2;

function report(message: FullSizeMessage): void {
  process.send!(message);
}

async function run({ folder, adapter, profile }: FullSizeRequest): Promise<FullSizeResult> {
  const device = await openDevice({ adapter, log: null });
  const { name, software } = device.facts;
  report({ progress: 'loading' });
  const { pipeline, loading } = await load(folder, device);
  const parts = profile ? await profileParts(pipeline, device) : [];
  report({ progress: `edit of ${ITERATIONS} iterations` });
  const edited = await measured('edit', device, () => editOnce(pipeline));
  pipeline.dispose();
  device.destroy();
  return {
    machine: { adapter: name, software, bindingBytes: device.limits.maxStorageBufferBindingSize },
    loading,
    parts,
    edit: edited,
    residentPeakBytes: residentPeakBytes(),
  };
}

async function load(
  folder: string,
  device: Device,
): Promise<{ pipeline: StableDiffusion; loading: LoadMeasurement }> {
  const largestTensorBytes = await largestTensor(folder);
  const start = performance.now();
  let pipeline: StableDiffusion | null = null;
  const hostBytes = await addedHostBytes(device, async () => {
    pipeline = await loadStableDiffusion(folder, { dtype: 'f16', variant: 'fp16' });
    await device.sync();
  });
  const seconds = (performance.now() - start) / 1000;
  const { liveBytes, freeBytes } = device.memory();
  return {
    pipeline: pipeline!,
    loading: { seconds, largestTensorBytes, hostBytes, deviceBytes: liveBytes + freeBytes },
  };
}

async function largestTensor(folder: string): Promise<number> {
  const checkpoint = await openCheckpoint(diskFolder(folder), { variant: 'fp16' });
  const sizes = COMPONENT_NAMES.flatMap((name) =>
    [...checkpoint.part(name).stateDict.values()].map(({ shape }) =>
      shape.reduce((product, extent) => product * extent, 2),
    ),
  );
  return Math.max(...sizes);
}

/** A UNet step, an encode and a decode: each run once as it comes, then once more in a profile. */
async function profileParts(pipeline: StableDiffusion, device: Device): Promise<PartMeasurement[]> {
  const { unet, vae } = pipeline;
  for (const model of [unet, vae]) labelLayers(model, device);
  using contexts = pipeline.encodePrompts(['a photo of a cat', 'a photo of a dog']);
  using context = inference(() => unet.prepareContext(contexts));
  using noise = normal([2, ...LATENT_SHAPE]);
  using latents = normal([1, ...LATENT_SHAPE]);
  using image = normal([1, SIDE, SIDE, 3]);
  const parts: readonly [name: string, body: () => Tensor][] = [
    ['UNet step, batch 2', () => unet.forward(noise, TIMESTEP, { context })],
    ['encode', () => vae.encode(image).mean],
    ['decode', () => vae.decode(latents)],
  ];
  const measurements: PartMeasurement[] = [];
  for (const [name, body] of parts) {
    report({ progress: name });
    const once = async () => {
      using output = inference(body);
      await requireFinite(name, output);
    };
    const measurement = await measured(name, device, once);
    const kinds = byLayerKind(await device.profile(once));
    measurements.push({ ...measurement, kinds });
  }
  return measurements;
}

function normal(shape: Shape): Tensor {
  const count = shape.reduce((product, extent) => product * extent, 1);
  return tensor(new TorchCpuGenerator(0).randn(count), { shape });
}

/** Time and peak memory of `body`, starting from nothing kept for reuse. */
async function measured(name: string, device: Device, body: () => Promise<void>): Promise<PartMeasurement> {
  device.trim();
  device.resetPeakMemory();
  const cpu = process.cpuUsage();
  const start = performance.now();
  await body();
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const cpuSeconds = (user + system) / 1e6 / availableParallelism();
  return { name, seconds, cpuSeconds, devicePeakBytes: device.memory().peakBytes, kinds: null };
}

async function requireFinite(name: string, output: Tensor): Promise<void> {
  const values = await output.data('f32');
  if (values.every(Number.isFinite)) return;
  throw new Error(`${name}: the result is not finite`);
}

/** An edit with everything that a run does, except previews. Every draw is accepted, so that it ends. */
async function editOnce(pipeline: StableDiffusion): Promise<void> {
  const request = { image: gradientImage(), source: 'a cat', target: 'a dog' };
  const run = edit(pipeline, request, lusd({ numSteps: ITERATIONS, threshold: 0 }));
  const masks: boolean[] = [];
  for await (const step of run) masks.push(step.mask !== null);
  const image = await run.result();
  if (masks.join() !== 'false,true' || image.width !== SIDE || new Set(image.data).size < 2) {
    throw new Error('edit: it used no mask, or gave no picture');
  }
}

function gradientImage(): Image {
  const data = Uint8Array.from({ length: SIDE * SIDE * 3 }, (_, i) => {
    const [pixel, channel] = [Math.floor(i / 3), i % 3];
    const [x, y] = [pixel % SIDE, Math.floor(pixel / SIDE)];
    return [x / 2, y / 2, (x ^ y) & 255][channel]!;
  });
  return { width: SIDE, height: SIDE, data };
}

process.on('message', async (request: FullSizeRequest) => {
  try {
    report({ result: await run(request) });
  } catch (error) {
    report({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
  process.disconnect();
});
