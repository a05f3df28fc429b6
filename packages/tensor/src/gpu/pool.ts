import { BindingLimitError, OutOfMemoryError } from '../errors.ts';
import type { Holding, MemoryLedger } from './memoryLedger.ts';

export interface PoolLimits {
  readonly maxBindingBytes: number;
  readonly maxBufferBytes: number;
  /** Live and free bytes of all pools together stay below this. */
  readonly budgetBytes: number;
}

/** A buffer of a pool. */
export interface PooledBuffer {
  readonly buffer: GPUBuffer;
  /** Its bytes: to ask the buffer is a call into WebGPU. */
  readonly size: number;
  /** How many buffers its pool made before it. */
  readonly serial: number;
  /** How many batches of commands had been submitted when it was released last; -1 before that. */
  releasedAfter: number;
}

/** What every pool of a device shares. */
export interface PoolHost {
  readonly gpu: GPUDevice;
  readonly limits: PoolLimits;
  readonly ledger: MemoryLedger;
  /** Called before buffers are destroyed: what was recorded on them must be submitted first. */
  readonly beforeDestroy: () => void;
  /** Called when the budget is reached: frees what is not needed. */
  readonly makeRoom: () => void;
  /** How many batches of commands were submitted. */
  readonly submitted: () => number;
  readonly track: (check: Promise<Error | null>) => void;
}

const USAGE = 0x80 | 0x04 | 0x08; // STORAGE | COPY_SRC | COPY_DST, spelt out because Node has no GPUBufferUsage global

/** The size class of `bytes`: at most 1/8 above it, so that nearby sizes share buffers and little is wasted. */
function sizeClass(bytes: number): number {
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
  private readonly free = new Map<number, PooledBuffer[]>();
  private created = 0;
  private retired = false;

  constructor(
    private readonly host: PoolHost,
    /** What its free buffers count as: those of a capture are live, since its replays write them. */
    private readonly idle: Holding,
  ) {}

  /**
   * Memory of at least `bytes` with arbitrary contents.
   * @throws BindingLimitError, OutOfMemoryError naming `what`
   */
  acquire(bytes: number, what: string): PooledBuffer {
    const size = this.sizeFor(bytes, what);
    const cached = this.free.get(size)?.pop();
    if (cached) this.host.ledger.move(this.idle, 'live', size);
    return cached ?? this.create(size, what);
  }

  release(memory: PooledBuffer): void {
    if (this.retired) {
      this.destroy(memory, 'live');
      return;
    }
    const { size, serial } = memory;
    memory.releasedAfter = this.host.submitted();
    this.host.ledger.move('live', this.idle, size);
    const list = this.free.get(size);
    if (!list) {
      this.free.set(size, [memory]);
      return;
    }
    const older = list.findIndex((other) => other.serial < serial);
    list.splice(older < 0 ? list.length : older, 0, memory);
  }

  /** Destroys every free buffer. */
  trim(): void {
    for (const list of this.free.values()) {
      for (const memory of list) this.destroy(memory, this.idle);
    }
    this.free.clear();
  }

  /** Ends the pool: free buffers go now, live ones as they are released. */
  retire(): void {
    this.retired = true;
    this.trim();
  }

  private destroy({ buffer, size }: PooledBuffer, holding: Holding): void {
    this.host.beforeDestroy();
    this.host.ledger.remove(holding, size);
    buffer.destroy();
  }

  private sizeFor(bytes: number, what: string): number {
    const { maxBindingBytes, maxBufferBytes } = this.host.limits;
    const limit = Math.min(maxBindingBytes, maxBufferBytes);
    if (bytes > limit) {
      throw new BindingLimitError(
        `${what}: a tensor of ${bytes} bytes exceeds the ${limit} bytes that this adapter binds; split it or use f16`,
      );
    }
    return Math.min(sizeClass(bytes), Math.floor(limit / 16) * 16);
  }

  private create(size: number, what: string): PooledBuffer {
    this.requireRoom(size, what);
    const { gpu, ledger, track } = this.host;
    gpu.pushErrorScope('out-of-memory');
    const buffer = gpu.createBuffer({ label: what, size, usage: USAGE });
    ledger.add('live', size);
    track(
      gpu
        .popErrorScope()
        .then((error) =>
          error
            ? new OutOfMemoryError(`${what}: the device has no room for ${size} bytes: ${error.message}`)
            : null,
        ),
    );
    return { buffer, size, serial: this.created++, releasedAfter: -1 };
  }

  private requireRoom(size: number, what: string): void {
    const { ledger, limits, makeRoom } = this.host;
    if (ledger.heldBytes + size <= limits.budgetBytes) return;
    makeRoom();
    if (ledger.heldBytes + size <= limits.budgetBytes) return;
    throw new OutOfMemoryError(
      `${what}: ${size} bytes more than the ${ledger.liveBytes} already live exceed the budget of ${limits.budgetBytes}; ` +
        'dispose tensors earlier (scope, using) or raise memoryBudget in openDevice',
    );
  }
}
