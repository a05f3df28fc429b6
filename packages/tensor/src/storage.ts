import { type DType, deviceBytes } from './dtype.ts';
import type { Allocation } from './gpu/allocator.ts';
import type { Device } from './gpu/device.ts';

/** Device memory, counted: every tensor handle and every graph node that saved it holds one reference. */
export class Storage {
  private references = 1;
  private writes = 0;

  private constructor(
    readonly device: Device,
    private readonly allocation: Allocation,
    /** Bytes in use; the buffer may be larger. */
    readonly bytes: number,
  ) {}

  static allocate(device: Device, dtype: DType, count: number, what: string): Storage {
    const bytes = deviceBytes(dtype, count);
    return new Storage(device, device.allocator.allocate(bytes, what), bytes);
  }

  /** Counts writes, so that a gradient never reads a value that changed after it was saved. */
  get version(): number {
    return this.writes;
  }

  markWritten(): void {
    this.writes++;
  }

  get buffer(): GPUBuffer {
    return this.allocation.memory.buffer;
  }

  /** Fills fresh memory with host data. */
  fill(data: ArrayBufferView<ArrayBuffer>): void {
    this.device.queue.upload(this.buffer, data, this.allocation.mayBeInUse);
  }

  /** Replaces the contents, from the first byte on, after everything recorded so far. */
  overwrite(data: ArrayBufferView<ArrayBuffer>): void {
    this.device.queue.upload(this.buffer, data, true);
    this.writes++;
  }

  /** Replaces the contents by those of `source`, which holds as many bytes. */
  overwriteFrom(source: Storage): void {
    this.device.queue.copy(source.buffer, this.buffer, this.bytes);
    this.writes++;
  }

  retain(): this {
    this.references++;
    return this;
  }

  release(): void {
    if (--this.references === 0) this.allocation.pool.release(this.allocation.memory);
  }
}
