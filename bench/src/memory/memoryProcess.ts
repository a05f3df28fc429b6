/** Measures the device memory of every method's edit, on the GPU that its environment names. */
import { edit, METHOD_NAMES, METHODS, type MethodName } from '@lusd/lusd';
import type { StableDiffusion } from '@lusd/sd-models';
import { type Device, openDevice } from '@lusd/tensor';
import type { Measured } from '../measuringProcess.ts';
import { makeZeroPipeline } from '../zeroPipeline.ts';
import type { MemoryResult, MethodMemory } from './protocol.ts';

const SIDE = 512;
/** The second is captured and the third replayed; the last one is decoded. MasaCtrl takes over attention from the fifth on. */
const ITERATIONS = 5;

async function measure(): Promise<MemoryResult> {
  const device = await openDevice({ adapter: 'gpu', log: null, probe: false });
  const pipeline = await makeZeroPipeline();
  await device.sync();
  const weights = device.memory().liveBytes;
  const methods: MethodMemory[] = [];
  for (const method of METHOD_NAMES) methods.push(await measureMethod(device, pipeline, method));
  return { adapter: device.facts.name, weights, methods };
}

/** Starting from nothing kept for reuse. */
async function measureMethod(
  device: Device,
  pipeline: StableDiffusion,
  method: MethodName,
): Promise<MethodMemory> {
  device.trim();
  device.resetPeakMemory();
  const image = { width: SIDE, height: SIDE, data: new Uint8Array(SIDE * SIDE * 3) };
  const run = edit(
    pipeline,
    { image, source: 'a cat', target: 'a dog' },
    METHODS[method].make({ numSteps: ITERATIONS }),
  );
  let [before, iterations] = [0, 0];
  for await (const { iteration } of run) {
    if (iteration === 0) {
      before = device.memory().peakBytes;
      device.trim();
      device.resetPeakMemory();
    }
    if (iteration === ITERATIONS - 2) iterations = device.memory().peakBytes;
  }
  return { method, iterations, edit: Math.max(before, device.memory().peakBytes) };
}

/** The process ends when the message is out. */
function report(message: Measured<MemoryResult>): void {
  process.send!(message, undefined, {}, () => process.exit());
}

measure().then(
  (result) => report({ result }),
  (error: unknown) =>
    report({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
);
