/** Measures what a full-size model and edit cost the host, on the GPU that its environment names. */
import { edit, lusd } from '@lusd/lusd';
import type { StableDiffusion } from '@lusd/sd-models';
import {
  CapturedFunction,
  type Device,
  noGrad,
  openDevice,
  type ProfileRow,
  scope,
  tensor,
  zeros,
} from '@lusd/tensor';
import type { Measured } from '../measuringProcess.ts';
import { makeZeroPipeline } from '../zeroPipeline.ts';
import type { EditMemory, HostCost, KernelLaunches, Times } from './protocol.ts';
import { smallOperations } from './smallOperations.ts';

const SIDE = 512;
/** Runs that compile, fill the pools and warm up the JavaScript. */
const WARM_UP = 40;
const EAGER_RUNS = 60;
const REPLAYED_RUNS = 60;
/** Iterations of the edit, and those of them that compile, capture and fill the pools. */
const ITERATIONS = 120;
const FIRST_ITERATIONS = 40;
/** Sides of the edits whose memory is reported, and their iterations: the third is the first that is only replayed. */
const MEMORY_SIDES = [512, 768, 1024];
const MEMORY_ITERATIONS = 3;

async function measure(): Promise<HostCost> {
  const device = await openDevice({ adapter: 'gpu', log: null, probe: false });
  const pipeline = await makeZeroPipeline();
  const { unet } = pipeline;
  const context = noGrad(() => scope(() => unet.prepareContext(pipeline.encodePrompts(['a', 'b']))));
  const latents = zeros([2, SIDE / 8, SIDE / 8, 4], { device });
  const call = () => noGrad(() => scope(() => void unet.forward(latents, 233, { context })));
  const eager = await timed(device, call, EAGER_RUNS);
  const rows = await device.profile(call);
  using small = smallOperations(device);
  const smallEager = await timed(device, small.eager, REPLAYED_RUNS);
  const smallReplayed = await timed(device, small.replayed, REPLAYED_RUNS);
  const step = new CapturedFunction((z, t) => unet.forward(z, t, { context }));
  const replay = () => noGrad(() => scope(() => void step.call(latents, tensor([233], { device }))));
  const replayed = await timed(device, replay, REPLAYED_RUNS);
  step.dispose();
  for (const item of [context, latents]) item.dispose();
  const iteration = await timeEdit(pipeline);
  const edits: EditMemory[] = [];
  for (const side of MEMORY_SIDES) edits.push(await measureMemory(device, pipeline, side));
  const costs = { eager, replayed, iteration, smallEager, smallReplayed };
  return { adapter: device.facts.name, launches: byKernel(rows), edits, ...costs };
}

function byKernel(rows: readonly ProfileRow[]): KernelLaunches[] {
  const counts = new Map<string, number>();
  for (const { name, count } of rows) counts.set(name, (counts.get(name) ?? 0) + count);
  return Array.from(counts, ([name, count]) => ({ name, count })).sort((a, b) => b.count - a.count);
}

async function measureMemory(device: Device, pipeline: StableDiffusion, side: number): Promise<EditMemory> {
  const peakWith = async (previews: { every: number } | undefined) => {
    device.trim();
    device.resetPeakMemory();
    const method = lusd({ numSteps: MEMORY_ITERATIONS, threshold: 0 });
    await edit(pipeline, requestOf(side), method, { frame: { size: side }, previews }).result();
    return device.memory().peakBytes;
  };
  return { side, peakBytes: await peakWith(undefined), previewPeakBytes: await peakWith({ every: 1 }) };
}

function requestOf(side: number) {
  const image = { width: side, height: side, data: new Uint8Array(side * side * 3) };
  return { image, source: 'a cat', target: 'a dog' };
}

async function timed(device: Device, body: () => void, runs: number): Promise<Times> {
  const clock = new Stopwatch();
  for (let i = 0; i < WARM_UP + runs; i++) {
    clock.start();
    body();
    await device.sync();
    if (i >= WARM_UP) clock.stop();
  }
  return clock.medians();
}

async function timeEdit(pipeline: StableDiffusion): Promise<Times> {
  const clock = new Stopwatch();
  clock.start();
  for await (const { iteration } of edit(
    pipeline,
    requestOf(SIDE),
    lusd({ numSteps: ITERATIONS, threshold: 0 }),
  )) {
    if (iteration >= FIRST_ITERATIONS) clock.stop();
    clock.start();
  }
  return clock.medians();
}

class Stopwatch {
  private readonly walls: number[] = [];
  private readonly processors: number[] = [];
  private wall = 0;
  private processor = process.cpuUsage();

  start(): void {
    this.wall = performance.now();
    this.processor = process.cpuUsage();
  }

  stop(): void {
    this.walls.push(performance.now() - this.wall);
    const { user, system } = process.cpuUsage(this.processor);
    this.processors.push((user + system) / 1000);
  }

  medians(): Times {
    return { wall: median(this.walls), processor: median(this.processors) };
  }
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

/** The process ends when the message is out. */
function report(message: Measured<HostCost>): void {
  process.send!(message, undefined, {}, () => process.exit());
}

measure().then(
  (result) => report({ result }),
  (error: unknown) =>
    report({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
);
