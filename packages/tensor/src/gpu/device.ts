import { DeviceLostError, OutOfMemoryError, TensorError } from '../errors.ts';
import { type AdapterChoice, findAdapter } from './adapter.ts';
import type { Workgroups } from './commands.ts';
import { ErrorLog } from './errorLog.ts';
import { MATRIX_FEATURE, matrixUnitOf } from './matrixUnits.ts';
import { MemoryLedger, type MemoryReport } from './memoryLedger.ts';
import { type Kernel, PipelineCache } from './pipelines.ts';
import { BufferPool, type PoolHost } from './pool.ts';
import { type ProfileRow, Profiler } from './profile.ts';
import { Readback } from './readback.ts';
import { Recorder } from './recorder.ts';

export interface DeviceOptions {
  /** Default 'auto': a real GPU, else lavapipe, else SwiftShader. In a browser, `navigator.gpu` decides. */
  adapter?: AdapterChoice;
  /** Most bytes of device memory to hold; default: no bound on a GPU, 80 % of the machine's memory on a software adapter. */
  memoryBudget?: number;
  /** Where the one line about the adapter goes; default `console.error`, `null` for nowhere. */
  log?: ((line: string) => void) | null;
  /** Fills reused memory with NaN, to find kernels that do not write their whole output. Slow. */
  poison?: boolean;
}

/** Facts about the adapter that decide which kernels run. */
export interface AdapterFacts {
  readonly name: string;
  readonly vendor: string;
  readonly architecture: string;
  readonly software: boolean;
  /** Sizes of a subgroup; 0 without the feature. */
  readonly subgroupMinSize: number;
  readonly subgroupMaxSize: number;
  /** Edge of the square f16 matrices that its matrix units multiply; 0 without them. */
  readonly matrixUnit: number;
}

/** A buffer acquired by `Device.allocate`, to be released once. */
export interface Allocation {
  readonly buffer: GPUBuffer;
  readonly pool: BufferPool;
  /** Whether commands not yet submitted may still use the buffer. */
  readonly mayBeInUse: boolean;
}

/** One kernel launch. */
export interface Launch {
  readonly kernel: Kernel;
  readonly buffers: readonly GPUBuffer[];
  readonly params: Uint32Array;
  readonly workgroups: Workgroups;
  readonly flops: number;
  readonly bytes: number;
}

const WANTED_FEATURES: readonly GPUFeatureName[] = [
  'shader-f16',
  'subgroups',
  'timestamp-query',
  MATRIX_FEATURE,
];
/** Limits where less is better. */
const ALIGNMENTS = new Set(['minUniformBufferOffsetAlignment', 'minStorageBufferOffsetAlignment']);
const UNIFORM_ALIGNMENT = 256;

function everyLimit(adapter: GPUAdapter): Record<string, number> {
  const limits: Record<string, number> = {};
  for (const name in adapter.limits) {
    const value = adapter.limits[name as keyof GPUSupportedLimits];
    if (typeof value === 'number' && !ALIGNMENTS.has(name)) limits[name] = value;
  }
  limits.minUniformBufferOffsetAlignment = UNIFORM_ALIGNMENT;
  return limits;
}

async function defaultBudget(software: boolean): Promise<number> {
  if (!software || globalThis.process === undefined) return Number.POSITIVE_INFINITY;
  const { totalmem } = await import('node:os');
  return Math.floor(totalmem() * 0.8);
}

/** An open WebGPU device with its memory pool, pipelines and command recorder. */
export class Device {
  readonly features: ReadonlySet<string>;
  readonly limits: GPUSupportedLimits;
  readonly pipelines: PipelineCache;
  readonly recorder: Recorder;
  private readonly ledger = new MemoryLedger();
  private readonly poolHost: PoolHost;
  private readonly mainPool: BufferPool;
  private readonly readback: Readback;
  private readonly errors = new ErrorLog();
  private readonly track = (check: Promise<Error | null>) => this.errors.track(check);
  private pool: BufferPool;
  private poisonBuffer: GPUBuffer | null = null;
  private lost: DeviceLostError | null = null;
  /** Rejects what is being awaited, should the device be lost. (A race with `gpu.lost` would keep every loser alive.) */
  private readonly waiting = new Set<(error: DeviceLostError) => void>();

  constructor(
    readonly gpu: GPUDevice,
    readonly facts: AdapterFacts,
    memoryBudget: number,
    private readonly poison: boolean,
  ) {
    this.features = new Set(gpu.features);
    this.limits = gpu.limits;
    this.pipelines = new PipelineCache(gpu, this.track);
    this.recorder = new Recorder(gpu, this.pipelines, this.track);
    this.readback = new Readback(gpu);
    this.poolHost = this.makePoolHost(memoryBudget);
    this.mainPool = new BufferPool(this.poolHost, 'free');
    this.pool = this.mainPool;
    gpu.onuncapturederror = (event) => this.errors.add(toError(event.error));
    gpu.lost.then((info) => {
      this.lost = new DeviceLostError(`the device was lost (${info.reason}): ${info.message}`);
      for (const reject of this.waiting) reject(this.lost);
    });
  }

  /** Memory for `bytes`, with arbitrary contents. @throws BindingLimitError, OutOfMemoryError, DeviceLostError */
  allocate(bytes: number, what: string): Allocation {
    this.requirePresence(what);
    const pool = this.pool;
    const { buffer, reused } = pool.acquire(bytes, what);
    // A capture would replay the copy, from a buffer that a larger one may have replaced by then.
    if (this.poison && !this.recorder.listener)
      this.recorder.copy({ ...this.poisonSource(buffer.size), target: buffer, targetOffset: 0 });
    return { buffer, pool, mayBeInUse: reused || this.poison };
  }

  /** Encodes one kernel. @throws DeviceLostError */
  launch(launch: Launch): void {
    this.requirePresence(launch.kernel.name);
    this.recorder.dispatch({ ...launch, pipeline: this.pipelines.get(launch.kernel) });
  }

  /** Writes host bytes into `buffer`, after everything recorded so far. Not possible inside a capture. */
  upload(buffer: GPUBuffer, data: ArrayBufferView<ArrayBuffer>, mayBeInUse: boolean): void {
    if (this.recorder.listener) {
      throw new TensorError(
        'upload: host data cannot enter a captured step; make the tensor before, and copy into it',
      );
    }
    if (mayBeInUse) this.recorder.flush();
    this.gpu.queue.writeBuffer(buffer, 0, data.buffer, data.byteOffset, data.byteLength);
  }

  /** Copies the first `bytes` of `source`, rounded up to words, into `target`. */
  copy(source: GPUBuffer, target: GPUBuffer, bytes: number): void {
    this.requirePresence('copy');
    const words = Math.ceil(bytes / 4) * 4;
    this.recorder.copy({ source, sourceOffset: 0, target, targetOffset: 0, bytes: words });
  }

  /** The contents of the first `bytes` of `buffer`. @throws what the device reported since the last await */
  async read(buffer: GPUBuffer, bytes: number): Promise<ArrayBuffer> {
    this.requirePresence('data');
    const size = Math.ceil(bytes / 4) * 4;
    if (this.recorder.listener)
      throw new TensorError('read: nothing can be read back inside a captured step');
    const staging = this.readback.acquire(Math.max(4, size));
    this.recorder.copy({ source: buffer, sourceOffset: 0, target: staging, targetOffset: 0, bytes: size });
    this.recorder.flush();
    return this.await(this.readback.read(staging, bytes));
  }

  /** Resolves when everything recorded so far has run. @throws what the device reported since the last await */
  async sync(): Promise<void> {
    this.requirePresence('sync');
    this.recorder.flush();
    await this.await(this.gpu.queue.onSubmittedWorkDone());
  }

  /** Bytes and buffers held, those of captures included. */
  memory(): MemoryReport {
    return this.ledger.report();
  }

  /** Starts the report's peaks anew. */
  resetPeakMemory(): void {
    this.ledger.resetPeak();
  }

  /** Gives the buffers kept for reuse back to the driver. */
  trim(): void {
    this.mainPool.trim();
    this.gpu.queue.submit([]); // Dawn frees destroyed buffers at the next submit
  }

  /** Runs `body` with every dispatch timed. @throws TensorError where the adapter has no timestamp-query */
  async profile(body: () => void | Promise<void>): Promise<ProfileRow[]> {
    if (!this.features.has('timestamp-query')) {
      throw new TensorError(`profile: adapter '${this.facts.name}' has no timestamp-query`);
    }
    this.recorder.flush();
    const profiler = new Profiler(this.gpu);
    this.recorder.profiler = profiler;
    try {
      await body();
      this.recorder.flush();
    } finally {
      this.recorder.profiler = null;
    }
    return this.await(profiler.finish());
  }

  /** Runs `body`, whose dispatches a profile lists under `label` (PyTorch's `record_function`); the innermost label counts. */
  labelled<T>(label: string, body: () => T): T {
    const outer = this.recorder.label;
    this.recorder.label = label;
    try {
      return body();
    } finally {
      this.recorder.label = outer;
    }
  }

  /** A pool apart from the main one, for a capture. */
  createCapturePool(): BufferPool {
    return new BufferPool(this.poolHost, 'live');
  }

  /** Allocates from `pool` while `body` runs. */
  withPool<T>(pool: BufferPool, body: () => T): T {
    const outer = this.pool;
    this.pool = pool;
    try {
      return body();
    } finally {
      this.pool = outer;
    }
  }

  /** Frees everything; tensors of this device are of no further use. */
  destroy(): void {
    this.recorder.flush();
    this.readback.destroy();
    this.poisonBuffer?.destroy();
    this.recorder.destroy();
    this.mainPool.trim();
    this.gpu.destroy();
    this.lost ??= new DeviceLostError('the device was destroyed by device.destroy()');
  }

  /** Awaits something of the device: raises what it reported, never hangs on a lost one, does not spin. */
  private async await<T>(promise: Promise<T>): Promise<T> {
    const guarded = this.rejectedWhenLost(promise);
    const value = await (this.facts.software ? waitOnSoftware(guarded) : guarded);
    await this.errors.throwFirst();
    return value;
  }

  private rejectedWhenLost<T>(promise: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.waiting.add(reject);
      promise.then(resolve, reject).finally(() => this.waiting.delete(reject));
    });
  }

  private makePoolHost(budgetBytes: number): PoolHost {
    const { maxStorageBufferBindingSize: maxBindingBytes, maxBufferSize: maxBufferBytes } = this.limits;
    return {
      gpu: this.gpu,
      limits: { maxBindingBytes, maxBufferBytes, budgetBytes },
      ledger: this.ledger,
      beforeDestroy: () => {
        this.recorder.flush();
        this.recorder.bindGroups.clear();
      },
      makeRoom: () => this.mainPool.trim(),
      track: this.track,
    };
  }

  private requirePresence(what: string): void {
    if (this.lost) throw new DeviceLostError(`${what}: ${this.lost.message}`);
  }

  /** NaNs to copy over reused memory: one buffer, made anew when a larger one is asked for. */
  private poisonSource(bytes: number): { source: GPUBuffer; sourceOffset: number; bytes: number } {
    if (!this.poisonBuffer || this.poisonBuffer.size < bytes) {
      this.recorder.flush();
      this.poisonBuffer?.destroy();
      const usage = 0x04; // GPUBufferUsage.COPY_SRC
      this.poisonBuffer = this.gpu.createBuffer({
        label: 'poison',
        size: bytes,
        usage,
        mappedAtCreation: true,
      });
      new Uint32Array(this.poisonBuffer.getMappedRange()).fill(0xffffffff);
      this.poisonBuffer.unmap();
    }
    return { source: this.poisonBuffer, sourceOffset: 0, bytes };
  }
}

function toError(error: GPUError): Error {
  return error.constructor.name === 'GPUOutOfMemoryError'
    ? new OutOfMemoryError(`the device is out of memory: ${error.message}`)
    : new TensorError(error.message);
}

async function waitOnSoftware<T>(promise: Promise<T>): Promise<T> {
  if (globalThis.process?.versions?.node === undefined) return promise;
  const { politeWait } = await import('./node/politeWait.ts');
  return politeWait(promise);
}

let current: Device | null = null;

/** The device on which tensors are made when none is named: the one opened last. @throws TensorError when there is none */
export function currentDevice(): Device {
  if (!current) throw new TensorError('no device is open; call `await openDevice()` first');
  return current;
}

/** Makes `device` the one on which tensors are made when none is named. */
export function setDevice(device: Device): void {
  current = device;
}

/**
 * Opens a WebGPU device with every limit the adapter has, and makes it the current one. Logs one line that says
 * what it runs on, and warns when that is software.
 * @throws NoAdapterError saying what was tried and what to install
 */
export async function openDevice(options: DeviceOptions = {}): Promise<Device> {
  const { adapter, software, name } = await findAdapter(options.adapter ?? 'auto');
  const gpu = await adapter.requestDevice({
    requiredFeatures: WANTED_FEATURES.filter((feature) => adapter.features.has(feature)),
    requiredLimits: everyLimit(adapter),
  });
  const { vendor, architecture, subgroupMinSize = 0, subgroupMaxSize = 0 } = adapter.info;
  const matrixUnit = matrixUnitOf(adapter);
  const facts = { name, vendor, architecture, software, subgroupMinSize, subgroupMaxSize, matrixUnit };
  const budget = options.memoryBudget ?? (await defaultBudget(software));
  const device = new Device(gpu, facts, budget, options.poison ?? false);
  setDevice(device);
  const log = options.log === undefined ? console.error : options.log;
  log?.(
    `WebGPU on ${name}${software ? ' (a software adapter: correct, but slow; for tests and demos)' : ''}`,
  );
  return device;
}
