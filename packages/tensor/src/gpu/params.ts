const UNIFORM_COPY_DST = 0x40 | 0x08; // GPUBufferUsage; Node has no such global

/** Bytes of the uniform `params` of a dispatch. */
export const PARAMS_BYTES = 256;
const WORDS = PARAMS_BYTES / 4;

/** The words of params, at the start of an array that may be longer. */
export interface PackedParams {
  readonly words: Uint32Array;
  readonly length: number;
}

/** A part of a uniform buffer that holds the params of a dispatch. */
export interface ParamsWindow extends GPUBufferBinding {
  readonly index: number;
}

/** Params of dispatches in one uniform buffer, a window each. */
export class ParamsBuffer {
  private readonly buffer: GPUBuffer;
  private readonly staged: Uint32Array<ArrayBuffer>;
  /** Windows whose words the device does not have yet. */
  private readonly changed = new Set<number>();
  private used = 0;

  constructor(
    private readonly device: GPUDevice,
    private readonly capacity: number,
  ) {
    const size = Math.max(1, capacity) * PARAMS_BYTES;
    this.buffer = device.createBuffer({ label: 'params', size, usage: UNIFORM_COPY_DST });
    this.staged = new Uint32Array(size / 4);
  }

  get isFull(): boolean {
    return this.used === this.capacity;
  }

  add(params: PackedParams): ParamsWindow {
    const index = this.used++;
    this.set(index, params);
    return { index, buffer: this.buffer, offset: index * PARAMS_BYTES, size: PARAMS_BYTES };
  }

  /** Replaces the words of a window that no recorded dispatch waits to read. */
  set(index: number, { words, length }: PackedParams): void {
    const first = index * WORDS;
    for (let i = 0; i < length; i++) this.staged[first + i] = words[i]!;
    this.changed.add(index);
  }

  /** Whether a window begins with these words, which are all that their kernel reads. */
  holds(index: number, { words, length }: PackedParams): boolean {
    const first = index * WORDS;
    for (let i = 0; i < length; i++) if (this.staged[first + i] !== words[i]) return false;
    return true;
  }

  /** Writes what changed: before what is submitted next, after what was submitted before. */
  write(): void {
    let first = -1;
    let end = -1;
    for (const index of this.changed) {
      if (index !== end) {
        this.writeWindows(first, end);
        first = index;
      }
      end = index + 1;
    }
    this.writeWindows(first, end);
    this.changed.clear();
  }

  /** Forgets every window. */
  clear(): void {
    this.changed.clear();
    this.used = 0;
  }

  destroy(): void {
    this.buffer.destroy();
  }

  private writeWindows(first: number, end: number): void {
    if (first < 0) return;
    const words = (end - first) * WORDS;
    this.device.queue.writeBuffer(this.buffer, first * PARAMS_BYTES, this.staged, first * WORDS, words);
  }
}
