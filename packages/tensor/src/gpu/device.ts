import { platform } from '#platform';
import { OutOfMemoryError, TensorError } from '../errors.ts';
import { describeFault, type Fault } from '../probe/probe.ts';
import { recallProducts } from '../tune/tunedProducts.ts';
import type { AdapterChoice } from './adapter.ts';
import { type AllocatorOptions, BufferAllocator } from './allocator.ts';
import { CommandQueue } from './commandQueue.ts';
import { ErrorLog } from './errorLog.ts';
import type { AdapterFacts } from './facts.ts';
import type { MemoryReport } from './memoryLedger.ts';
import { openAdapter } from './openAdapter.ts';
import { PipelineCache } from './pipelines.ts';
import type { ProfileRow } from './profile.ts';
import { Tuning } from './tuning.ts';

/** Which adapter is opened, and how its memory is used. */
export interface DeviceOptions {
  /** Default 'auto': a real GPU, else lavapipe, else SwiftShader. In a browser, `navigator.gpu` decides. */
  adapter?: AdapterChoice;
  /**
   * Most bytes of device memory to hold; default: no bound on a GPU, 80 % of the machine's memory on a software
   * adapter.
   */
  memoryBudget?: number;
  /**
   * Receives the line about the adapter, and one for each of its `faults`; default `console.error`, `null` for none.
   */
  log?: ((line: string) => void) | null;
  /** Whether what the adapter says it can do is checked; default true. Without, a faulty driver gives wrong results. */
  probe?: boolean;
  /** Fills reused memory with NaN, to find kernels that do not write their whole output. Slow. */
  poison?: boolean;
}

function defaultBudget(software: boolean): number {
  return software ? Math.floor(platform.totalMemory() * 0.8) : Number.POSITIVE_INFINITY;
}

interface DeviceState extends AllocatorOptions {
  readonly faults: readonly Fault[];
}

/** An open WebGPU device: facts, memory and a queue of commands. */
export class Device {
  /** The WebGPU features that are used. */
  readonly features: ReadonlySet<string>;
  /** What the adapter says it has and computes wrongly, a sentence each; nothing uses it. */
  readonly faults: readonly string[];
  /** What implements WebGPU, with its version where that is known: 'Dawn (webgpu 0.6.2)'. */
  readonly webgpu = platform.webgpu();
  readonly limits: GPUSupportedLimits;
  /** Which variants of the kernels run here. */
  readonly tuning: Tuning;
  /** @internal */
  readonly pipelines: PipelineCache;
  /** @internal */
  readonly queue: CommandQueue;
  /** @internal */
  readonly allocator: BufferAllocator;

  /** @internal */
  constructor(
    readonly gpu: GPUDevice,
    /** What is known of the adapter, without what it computes wrongly. */
    readonly facts: AdapterFacts,
    { faults, ...options }: DeviceState,
  ) {
    this.faults = faults.map((fault) => describeFault(facts.name, fault));
    this.features = new Set(
      [...gpu.features].filter((name) => !faults.some(({ feature }) => feature === name)),
    );
    this.limits = gpu.limits;
    this.tuning = new Tuning(facts, gpu.limits.maxComputeWorkgroupStorageSize);
    const errors = new ErrorLog();
    this.pipelines = new PipelineCache(gpu, errors.track);
    this.queue = new CommandQueue(gpu, this.pipelines, errors, facts.software);
    this.allocator = new BufferAllocator(gpu, this.queue, errors.track, options);
    gpu.onuncapturederror = (event) => errors.add(toError(event.error));
  }

  /** Whether a step is being captured (`capture`): nothing can be uploaded or read back then. */
  get capturing(): boolean {
    return this.queue.capturing;
  }

  /** Resolves when everything recorded so far has run. @throws what the device reported since the last await */
  sync(): Promise<void> {
    return this.queue.sync();
  }

  /** Bytes and buffers held, those of captures included. */
  memory(): MemoryReport {
    return this.allocator.report();
  }

  /** Resets the peaks of the report. */
  resetPeakMemory(): void {
    this.allocator.resetPeak();
  }

  /** Frees the buffers that are kept for reuse. */
  trim(): void {
    this.allocator.trim();
  }

  /** Runs `body` with every dispatch timed. @throws TensorError if the adapter has no timestamp-query */
  async profile(body: () => void | Promise<void>): Promise<ProfileRow[]> {
    if (!this.features.has('timestamp-query')) {
      throw new TensorError(`profile: adapter '${this.facts.name}' has no timestamp-query`);
    }
    return this.queue.profile(body);
  }

  /**
   * Runs `body`, whose dispatches a profile lists under `label` (PyTorch's `record_function`); the innermost label
   * counts.
   */
  labelled<T>(label: string, body: () => T): T {
    return this.queue.labelled(label, body);
  }

  /** Frees everything; tensors of this device can no longer be used. */
  destroy(): void {
    this.queue.flush();
    this.allocator.destroy();
    this.queue.destroy();
    this.gpu.destroy();
  }
}

function toError(error: GPUError): Error {
  return error.constructor.name === 'GPUOutOfMemoryError'
    ? new OutOfMemoryError(`the device is out of memory: ${error.message}`)
    : new TensorError(error.message);
}

let current: Device | null = null;

/**
 * The device on which tensors are made when none is named: the one opened last. @throws TensorError when there is none
 */
export function currentDevice(): Device {
  if (!current) throw new TensorError('no device is open; call `await openDevice()` first');
  return current;
}

/** Makes `device` the one on which tensors are made when none is named. */
export function setDevice(device: Device): void {
  current = device;
}

/**
 * Opens a WebGPU device with every limit the adapter has, and makes it the current one. Logs one line with the
 * adapter's name and the tiles in use, or a warning if it is a software adapter. Some milliseconds at the first time go into a check
 * that the adapter computes what it says it can (`Device.faults`).
 * @throws NoAdapterError naming what was tried and what to install; DeviceLostError if that check ends the device, also
 *   without what it failed at
 */
export async function openDevice(options: DeviceOptions = {}): Promise<Device> {
  const { gpu, name, software, facts, faults } = await openAdapter(
    options.adapter ?? 'auto',
    options.probe ?? true,
  );
  const memoryBudget = options.memoryBudget ?? defaultBudget(software);
  const device = new Device(gpu, facts, { memoryBudget, poison: options.poison ?? false, faults });
  await recallProducts(device);
  setDevice(device);
  const log = options.log === undefined ? console.error : options.log;
  const remark = software
    ? 'a software adapter: correct, but slow; for tests and demos'
    : device.tuning.description;
  log?.(`WebGPU on ${name} (${remark})`);
  for (const fault of device.faults) log?.(fault);
  return device;
}
