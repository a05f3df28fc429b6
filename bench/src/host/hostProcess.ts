/** Measures what a full-size model and edit cost the host, on the GPU that its environment names. */
import { edit, lusd } from '@lusd/lusd';
import type { StableDiffusion } from '@lusd/sd-models';
import {
  CapturedFunction,
  capture,
  type Device,
  noGrad,
  openDevice,
  scope,
  type Tensor,
  tensor,
  zeros,
} from '@lusd/tensor';
import { makeZeroPipeline } from '../zeroPipeline.ts';
import type { HostCost, HostMessage, HostRow, Times } from './protocol.ts';

const SIDE = 512;
const SMALL_OPERATIONS = 200;
/** Runs that are timed, and before them those that compile, capture, fill the pools and warm up the JavaScript. */
const RUNS = 60;
const WARM_UP = 40;

async function measure(): Promise<HostCost> {
  const device = await openDevice({ adapter: 'gpu', log: null, probe: false });
  const pipeline = await makeZeroPipeline();
  const { unet } = pipeline;
  const context = noGrad(() => scope(() => unet.prepareContext(pipeline.encodePrompts(['a', 'b']))));
  const latents = zeros([2, SIDE / 8, SIDE / 8, 4], { device });
  const call = () => noGrad(() => scope(() => void unet.forward(latents, 233, { context })));
  const rows: HostRow[] = [];
  const time = async (name: string, body: () => void) => {
    rows.push({ name, times: await timed(device, body) });
  };
  const launches = (await device.profile(call)).reduce((sum, { count }) => sum + count, 0);
  await time('UNet call, batch 2, eager', call);
  using step = new CapturedFunction((z, t) => unet.forward(z, t, { context }));
  const replay = () => noGrad(() => scope(() => void step.call(latents, tensor([233], { device }))));
  await time('UNet call, batch 2, replayed', replay);
  await time(`${SMALL_OPERATIONS} small operations, eager`, () => scope(() => void smallOperations(latents)));
  using captured = capture(() => noGrad(() => smallOperations(latents)));
  await time(`${SMALL_OPERATIONS} small operations, replayed`, () => captured.replay());
  rows.push({ name: 'iteration of LUSD, one draw', times: await timeEdit(pipeline) });
  return { adapter: device.facts.name, launches, rows };
}

function smallOperations(x: Tensor): Tensor {
  let y = x;
  for (let i = 0; i < SMALL_OPERATIONS; i += 2) y = y.mul(-1).add(1);
  return y;
}

async function timed(device: Device, body: () => void): Promise<Times> {
  const clock = new Stopwatch();
  for (let i = 0; i < WARM_UP + RUNS; i++) {
    clock.start();
    body();
    await device.sync();
    if (i >= WARM_UP) clock.stop();
  }
  return clock.medians();
}

async function timeEdit(pipeline: StableDiffusion): Promise<Times> {
  const image = { width: SIDE, height: SIDE, data: new Uint8Array(SIDE * SIDE * 3) };
  const request = { image, source: 'a cat', target: 'a dog' };
  const clock = new Stopwatch();
  clock.start();
  for await (const { iteration } of edit(
    pipeline,
    request,
    lusd({ numSteps: WARM_UP + RUNS, threshold: 0 }),
  )) {
    if (iteration >= WARM_UP) clock.stop();
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
function report(message: HostMessage): void {
  process.send!(message, undefined, {}, () => process.exit());
}

measure().then(
  (result) => report({ result }),
  (error: unknown) =>
    report({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
);
