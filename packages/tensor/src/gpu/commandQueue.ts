import { platform } from '#platform';
import { DeviceLostError, TensorError } from '../errors.ts';
import { BindGroupCache } from './bindGroups.ts';
import { type Command, type Copy, isCopy, type Launch } from './commands.ts';
import type { ErrorLog } from './errorLog.ts';
import type { PackedParams } from './params.ts';
import type { Kernel, PipelineCache } from './pipelines.ts';
import { type ProfileRow, Profiler } from './profile.ts';
import { Readback } from './readback.ts';
import { Recorder } from './recorder.ts';
import type { Replay } from './replay.ts';

/** A device's commands in the order they are given, the host's reads and writes among them, and the wait for them. */
export class CommandQueue {
  private readonly recorder: Recorder;
  private readonly bindGroups: BindGroupCache;
  /** Takes every command in a capture. */
  private listener: ((command: Command) => void) | null = null;
  /** Takes every kernel where none is to run. */
  private wanted: Set<Kernel> | null = null;
  private readonly readback: Readback;
  private lost: DeviceLostError | null = null;
  /**
   * Rejects what is being awaited, should the device be lost. (A race with `gpu.lost` would keep every loser alive.)
   */
  private readonly waiting = new Set<(error: DeviceLostError) => void>();

  constructor(
    private readonly gpu: GPUDevice,
    private readonly pipelines: PipelineCache,
    private readonly errors: ErrorLog,
    private readonly software: boolean,
  ) {
    this.bindGroups = new BindGroupCache(gpu);
    this.recorder = new Recorder(gpu, () => this.bindGroups.write(), errors.track);
    this.readback = new Readback(gpu);
    gpu.lost.then((info) => {
      this.lost = new DeviceLostError(`the device was lost (${info.reason}): ${info.message}`);
      for (const reject of this.waiting) reject(this.lost);
    });
  }

  /** Whether a step is being captured. */
  get capturing(): boolean {
    return this.listener !== null;
  }

  /** Encodes one kernel. @throws DeviceLostError */
  launch(kernel: Kernel, launch: Launch): void {
    this.requirePresence(kernel.name);
    if (this.wanted) {
      this.wanted.add(kernel);
      return;
    }
    const pipeline = this.pipelines.get(kernel);
    const { buffers, params } = launch;
    this.listener?.({ ...launch, params: copyOf(params), pipeline });
    if (this.bindGroups.isFull) this.forgetBuffers();
    const group = this.bindGroups.get(pipeline, buffers, params, this.submitted);
    this.recorder.dispatch(pipeline, group, launch);
  }

  /** Writes host bytes into `buffer`, after everything recorded so far. Not possible inside a capture. */
  upload(buffer: GPUBuffer, data: ArrayBufferView<ArrayBuffer>, mayBeInUse: boolean): void {
    if (this.capturing) {
      throw new TensorError(
        'upload: host data cannot be uploaded in a captured step; create the tensor before it, and copy into it',
      );
    }
    if (mayBeInUse) this.flush();
    this.gpu.queue.writeBuffer(buffer, 0, data.buffer, data.byteOffset, data.byteLength);
  }

  /** Copies the first `bytes` of `source`, rounded up to words, into `target`. @throws DeviceLostError */
  copy(source: GPUBuffer, target: GPUBuffer, bytes: number): void {
    this.requirePresence('copy');
    const words = Math.ceil(bytes / 4) * 4;
    this.copyBuffer({ source, sourceOffset: 0, target, targetOffset: 0, bytes: words });
  }

  /** Runs captured commands again, after everything recorded so far. @throws DeviceLostError */
  replay({ commands }: Replay): void {
    this.requirePresence('replay');
    for (const command of commands) {
      if (isCopy(command)) this.recorder.copy(command);
      else this.recorder.dispatch(command.dispatch.pipeline, command.group, command.dispatch);
    }
  }

  /** How many batches of commands were submitted: what was recorded before the latest is no longer in the way. */
  get submitted(): number {
    return this.recorder.submitted;
  }

  copyBuffer(copy: Copy): void {
    if (this.wanted) return;
    this.listener?.(copy);
    this.recorder.copy(copy);
  }

  /** The contents of the first `bytes` of `buffer`. @throws what the device reported since the last await */
  async read(buffer: GPUBuffer, bytes: number): Promise<ArrayBuffer> {
    this.requirePresence('data');
    const size = Math.ceil(bytes / 4) * 4;
    if (this.capturing) throw new TensorError('read: data cannot be read back in a captured step');
    if (this.wanted) throw new TensorError('read: data cannot be read back where kernels are compiled only');
    const staging = this.readback.acquire(Math.max(4, size));
    this.copyBuffer({ source: buffer, sourceOffset: 0, target: staging, targetOffset: 0, bytes: size });
    this.flush();
    return this.await(this.readback.read(staging, bytes));
  }

  /** Submits what has been recorded. */
  flush(): void {
    this.recorder.flush();
  }

  /** Submits what has been recorded, so that no command to come uses a buffer that is about to be destroyed. */
  forgetBuffers(): void {
    this.flush();
    this.bindGroups.clear();
  }

  /** Resolves when everything recorded so far has run. @throws what the device reported since the last await */
  async sync(): Promise<void> {
    this.requirePresence('sync');
    this.flush();
    await this.await(this.gpu.queue.onSubmittedWorkDone());
  }

  /** Runs `body`, and returns the commands that it recorded. */
  capture<T>(body: () => T): { readonly result: T; readonly commands: readonly Command[] } {
    const commands: Command[] = [];
    this.listener = (command) => commands.push(command);
    try {
      return { result: body(), commands };
    } finally {
      this.listener = null;
    }
  }

  /** The kernels that `body` would launch; none of them runs. @throws TensorError in a capture */
  kernelsOf(body: () => void): ReadonlySet<Kernel> {
    if (this.capturing) throw new TensorError('compileKernels: a captured step cannot wait for its kernels');
    const kernels = new Set<Kernel>();
    this.wanted = kernels;
    try {
      body();
    } finally {
      this.wanted = null;
    }
    return kernels;
  }

  /** Runs `body` with every dispatch timed. */
  async profile(body: () => void | Promise<void>): Promise<ProfileRow[]> {
    this.flush();
    const profiler = new Profiler(this.gpu);
    this.recorder.profiler = profiler;
    try {
      await body();
      this.flush();
    } finally {
      this.recorder.profiler = null;
    }
    return this.await(profiler.finish());
  }

  /** Runs `body`, whose dispatches a profile lists under `label`. */
  labelled<T>(label: string, body: () => T): T {
    const outer = this.recorder.label;
    this.recorder.label = label;
    try {
      return body();
    } finally {
      this.recorder.label = outer;
    }
  }

  /** @throws DeviceLostError for `what` if the device is lost */
  requirePresence(what: string): void {
    if (this.lost) throw new DeviceLostError(`${what}: ${this.lost.message}`);
  }

  destroy(): void {
    this.readback.destroy();
    this.bindGroups.destroy();
    this.lost ??= new DeviceLostError('the device was destroyed by device.destroy()');
  }

  /** Awaits something of the device: raises what it reported, never hangs on a lost one, does not spin. */
  private async await<T>(promise: Promise<T>): Promise<T> {
    this.recorder.reportErrors();
    const guarded = this.rejectedWhenLost(promise);
    const value = await (this.software ? platform.waitOnSoftware(guarded) : guarded);
    await this.errors.throwFirst();
    return value;
  }

  private rejectedWhenLost<T>(promise: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.waiting.add(reject);
      promise.then(resolve, reject).finally(() => this.waiting.delete(reject));
    });
  }
}

/** Params that stay as they are. */
function copyOf({ words, length }: PackedParams): PackedParams {
  return { words: words.slice(0, length), length };
}
