/** Bytes and buffers held on the device, as `device.memory()` reports them. */
export interface MemoryReport {
  /** Buffers that a tensor, a graph or a capture holds. */
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

/** Whether a buffer is in use or kept for the next allocation. */
export type Holding = 'live' | 'free';

/** The count of every buffer of a device, whichever pool it is in. */
export class MemoryLedger {
  private readonly buffers = { live: 0, free: 0 };
  private readonly bytes = { live: 0, free: 0 };
  private peakBytes = 0;
  private peakLiveBytes = 0;

  get heldBytes(): number {
    return this.bytes.live + this.bytes.free;
  }

  get liveBytes(): number {
    return this.bytes.live;
  }

  add(holding: Holding, bytes: number): void {
    this.buffers[holding]++;
    this.bytes[holding] += bytes;
    this.peakLiveBytes = Math.max(this.peakLiveBytes, this.bytes.live);
    this.peakBytes = Math.max(this.peakBytes, this.heldBytes);
  }

  remove(holding: Holding, bytes: number): void {
    this.buffers[holding]--;
    this.bytes[holding] -= bytes;
  }

  move(from: Holding, to: Holding, bytes: number): void {
    this.remove(from, bytes);
    this.add(to, bytes);
  }

  report(): MemoryReport {
    return {
      liveBuffers: this.buffers.live,
      liveBytes: this.bytes.live,
      freeBuffers: this.buffers.free,
      freeBytes: this.bytes.free,
      peakBytes: this.peakBytes,
      peakLiveBytes: this.peakLiveBytes,
    };
  }

  /** Resets the peaks to the present values. */
  resetPeak(): void {
    this.peakLiveBytes = this.bytes.live;
    this.peakBytes = this.heldBytes;
  }
}
