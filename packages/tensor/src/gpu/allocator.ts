import type { CommandQueue } from './commandQueue.ts';
import { MemoryLedger, type MemoryReport } from './memoryLedger.ts';
import { BufferPool, type PooledBuffer, type PoolHost } from './pool.ts';

/** Memory acquired by `BufferAllocator.allocate`, to be released once. */
export interface Allocation {
  readonly memory: PooledBuffer;
  readonly pool: BufferPool;
  /** Whether commands not yet submitted may still use the buffer. */
  readonly mayBeInUse: boolean;
}

export interface AllocatorOptions {
  /** Most bytes to hold. */
  readonly memoryBudget: number;
  /** Fills memory with NaN when it is allocated. */
  readonly poison: boolean;
}

/** A device's memory: the pool of tensors, the pools of captures, and their totals. */
export class BufferAllocator {
  private readonly ledger = new MemoryLedger();
  private readonly host: PoolHost;
  private readonly mainPool: BufferPool;
  private readonly poison: boolean;
  private pool: BufferPool;
  private poisonBuffer: GPUBuffer | null = null;

  constructor(
    private readonly gpu: GPUDevice,
    private readonly queue: CommandQueue,
    track: (check: Promise<Error | null>) => void,
    options: AllocatorOptions,
  ) {
    const { maxStorageBufferBindingSize: maxBindingBytes, maxBufferSize: maxBufferBytes } = gpu.limits;
    this.host = {
      gpu,
      limits: { maxBindingBytes, maxBufferBytes, budgetBytes: options.memoryBudget },
      ledger: this.ledger,
      beforeDestroy: () => queue.forgetBuffers(),
      makeRoom: () => this.mainPool.trim(),
      submitted: () => queue.submitted,
      track,
    };
    this.mainPool = new BufferPool(this.host, 'free');
    this.pool = this.mainPool;
    this.poison = options.poison;
  }

  /** Memory for `bytes`, with arbitrary contents. @throws BindingLimitError, OutOfMemoryError, DeviceLostError */
  allocate(bytes: number, what: string): Allocation {
    this.queue.requirePresence(what);
    const pool = this.pool;
    const memory = pool.acquire(bytes, what);
    const isRecorded = memory.releasedAfter === this.queue.submitted;
    // A capture would replay the copy, from a buffer that a larger one may have replaced by then.
    if (this.poison && !this.queue.capturing) this.fillWithNaN(memory);
    return { memory, pool, mayBeInUse: isRecorded || this.poison };
  }

  /** Bytes and buffers held, those of captures included. */
  report(): MemoryReport {
    return this.ledger.report();
  }

  /** Resets the peaks of the report. */
  resetPeak(): void {
    this.ledger.resetPeak();
  }

  /** Frees the buffers that are kept for reuse. */
  trim(): void {
    this.mainPool.trim();
    this.gpu.queue.submit([]); // Dawn frees destroyed buffers at the next submit
  }

  /** A pool apart from the main one, for a capture. */
  createCapturePool(): BufferPool {
    return new BufferPool(this.host, 'live');
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

  destroy(): void {
    this.poisonBuffer?.destroy();
    this.mainPool.trim();
  }

  private fillWithNaN({ buffer, size }: PooledBuffer): void {
    const source = this.poisonSource(size);
    this.queue.copyBuffer({ source, sourceOffset: 0, target: buffer, targetOffset: 0, bytes: size });
  }

  /** NaNs to copy over memory: one buffer, replaced when a larger one is needed. */
  private poisonSource(bytes: number): GPUBuffer {
    if (this.poisonBuffer && this.poisonBuffer.size >= bytes) return this.poisonBuffer;
    this.queue.flush();
    this.poisonBuffer?.destroy();
    const usage = 0x04; // GPUBufferUsage.COPY_SRC
    const source = this.gpu.createBuffer({ label: 'poison', size: bytes, usage, mappedAtCreation: true });
    new Uint32Array(source.getMappedRange()).fill(0xffffffff);
    source.unmap();
    this.poisonBuffer = source;
    return source;
  }
}
