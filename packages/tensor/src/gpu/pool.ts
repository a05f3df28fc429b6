import { BindingLimitError, OutOfMemoryError } from '../errors.ts';

/** Bytes and buffers held on the device, as `device.memory()` reports them. */
export interface MemoryReport {
  /** Buffers that a tensor or a graph holds. */
  readonly liveBuffers: number;
  readonly liveBytes: number;
  /** Buffers kept for reuse. */
  readonly freeBuffers: number;
  readonly freeBytes: number;
  /** The most bytes ever held at once, live and free together. */
  readonly peakBytes: number;
  /** The most bytes ever live at once. */
  readonly peakLiveBytes: number;
}

export interface PoolLimits {
  readonly maxBindingBytes: number;
  readonly maxBufferBytes: number;
  /** Live and free bytes together stay below this. */
  readonly budgetBytes: number;
}

const USAGE = 0x80 | 0x04 | 0x08; // STORAGE | COPY_SRC | COPY_DST, spelt out because Node has no GPUBufferUsage global

/** The size class of `bytes`: at most 1/8 above it, so that nearby sizes share buffers and little is wasted. */
export function sizeClass(bytes: number): number {
  const step = Math.max(256, 2 ** (Math.floor(Math.log2(bytes)) - 3));
  return Math.ceil(bytes / step) * step;
}

/**
 * Whole storage buffers, reused by size class. WebGPU validates usage per buffer, so none is ever subdivided.
 *
 * The oldest free buffer is reused first: a step that is repeated then gets the same buffers every time, and finds its
 * bind groups cached. The latest first would deal them out in a new order at each step.
 */
export class BufferPool {
  /** By size, the oldest last. */
  private readonly free = new Map<number, GPUBuffer[]>();
  private readonly serials = new WeakMap<GPUBuffer, number>();
  private created = 0;
  private live = 0;
  private liveBytes = 0;
  private freeCount = 0;
  private freeBytes = 0;
  private peakBytes = 0;
  private peakLiveBytes = 0;
  private retired = false;

  constructor(
    private readonly device: GPUDevice,
    private readonly limits: PoolLimits,
    /** Called before buffers are destroyed: what was recorded on them must be submitted first. */
    private readonly beforeDestroy: () => void,
    /** Whether free buffers may be destroyed to stay within the budget; not in a capture, whose replays use them. */
    private readonly mayTrim: boolean,
    private readonly track: (check: Promise<Error | null>) => void,
  ) {}

  /**
   * A buffer of at least `bytes` with arbitrary contents; `reused` tells whether it had an earlier life.
   * @throws BindingLimitError, OutOfMemoryError naming `what`
   */
  acquire(bytes: number, what: string): { buffer: GPUBuffer; reused: boolean } {
    const size = this.sizeFor(bytes, what);
    const cached = this.free.get(size)?.pop();
    if (cached) {
      this.freeCount--;
      this.freeBytes -= size;
    }
    const buffer = cached ?? this.create(size, what);
    this.live++;
    this.liveBytes += size;
    this.peakLiveBytes = Math.max(this.peakLiveBytes, this.liveBytes);
    this.peakBytes = Math.max(this.peakBytes, this.liveBytes + this.freeBytes);
    return { buffer, reused: cached !== undefined };
  }

  release(buffer: GPUBuffer): void {
    this.live--;
    this.liveBytes -= buffer.size;
    if (this.retired) {
      this.destroy(buffer);
      return;
    }
    this.freeCount++;
    this.freeBytes += buffer.size;
    const list = this.free.get(buffer.size) ?? [];
    this.free.set(buffer.size, list);
    const serial = this.serials.get(buffer)!;
    const older = list.findIndex((other) => this.serials.get(other)! < serial);
    list.splice(older < 0 ? list.length : older, 0, buffer);
  }

  /** Gives every free buffer back to the device. */
  trim(): void {
    for (const list of this.free.values()) {
      for (const buffer of list) this.destroy(buffer);
    }
    this.free.clear();
    this.freeCount = 0;
    this.freeBytes = 0;
  }

  /** Ends the pool: free buffers go now, live ones as they are released. */
  retire(): void {
    this.retired = true;
    this.trim();
  }

  report(): MemoryReport {
    return {
      liveBuffers: this.live,
      liveBytes: this.liveBytes,
      freeBuffers: this.freeCount,
      freeBytes: this.freeBytes,
      peakBytes: this.peakBytes,
      peakLiveBytes: this.peakLiveBytes,
    };
  }

  /** Starts the peaks of the report anew from what is held now. */
  resetPeak(): void {
    this.peakLiveBytes = this.liveBytes;
    this.peakBytes = this.liveBytes + this.freeBytes;
  }

  private destroy(buffer: GPUBuffer): void {
    this.beforeDestroy();
    buffer.destroy();
  }

  private sizeFor(bytes: number, what: string): number {
    const limit = Math.min(this.limits.maxBindingBytes, this.limits.maxBufferBytes);
    if (bytes > limit) {
      throw new BindingLimitError(
        `${what}: a tensor of ${bytes} bytes exceeds the ${limit} bytes that this adapter binds; split it or use f16`,
      );
    }
    return Math.min(sizeClass(bytes), Math.floor(limit / 16) * 16);
  }

  private create(size: number, what: string): GPUBuffer {
    const { budgetBytes } = this.limits;
    if (this.mayTrim && this.liveBytes + this.freeBytes + size > budgetBytes) this.trim();
    if (this.liveBytes + this.freeBytes + size > budgetBytes) {
      throw new OutOfMemoryError(
        `${what}: ${size} bytes more than the ${this.liveBytes} already live exceed the budget of ${budgetBytes}; ` +
          'dispose tensors earlier (scope, using) or raise memoryBudget in openDevice',
      );
    }
    this.device.pushErrorScope('out-of-memory');
    const buffer = this.device.createBuffer({ label: what, size, usage: USAGE });
    this.serials.set(buffer, this.created++);
    this.track(
      this.device
        .popErrorScope()
        .then((error) =>
          error
            ? new OutOfMemoryError(`${what}: the device has no room for ${size} bytes: ${error.message}`)
            : null,
        ),
    );
    return buffer;
  }
}
