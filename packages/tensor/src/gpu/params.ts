const UNIFORM_COPY_DST = 0x40 | 0x08; // GPUBufferUsage; Node has no such global

/** Bytes of the uniform `params` of a dispatch. */
export const PARAMS_BYTES = 256;
const WORDS = PARAMS_BYTES / 4;
/** The most params that one buffer holds: well below every adapter's buffer limit. */
export const MAX_WINDOWS = 4096;

/** The words of params, at the start of an array that may be longer. */
export interface PackedParams {
  readonly words: Uint32Array;
  readonly length: number;
}

/** A part of a uniform buffer that holds the params of dispatches; equal params share one. */
export interface ParamsWindow extends PackedParams, GPUBufferBinding {}

/**
 * Params of dispatches in uniform buffers, each distinct content once. A repeated step therefore finds its params on
 * the device already, and can keep them in its bind groups: an offset given with each dispatch costs as much again.
 */
export class ParamsBuffers {
  /** By hash of their words. */
  private readonly windows = new Map<number, ParamsWindow[]>();
  private readonly buffers: GPUBuffer[] = [];
  private readonly staged: Uint32Array<ArrayBuffer>;
  /** Windows of the last buffer, and those of them that the device has. */
  private used: number;
  private written: number;

  /** @param capacity windows of one buffer, at most MAX_WINDOWS */
  constructor(
    private readonly device: GPUDevice,
    private readonly capacity: number,
  ) {
    this.staged = new Uint32Array(capacity * WORDS);
    this.used = this.written = capacity;
  }

  /** Whether another distinct content takes another buffer. */
  get isFull(): boolean {
    return this.used === this.capacity;
  }

  /** The window with these words, which are on the device after the next `write`. */
  windowOf(params: PackedParams): ParamsWindow {
    const hash = hashOf(params);
    const alike = this.windows.get(hash);
    if (alike) for (const window of alike) if (isSame(window, params)) return window;
    const window = this.add(params);
    if (alike) alike.push(window);
    else this.windows.set(hash, [window]);
    return window;
  }

  /** Writes new windows: before what is submitted next, after what was submitted before. */
  write(): void {
    const buffer = this.buffers.at(-1);
    if (!buffer || this.written === this.used) return;
    const { written, used, staged } = this;
    this.device.queue.writeBuffer(
      buffer,
      written * PARAMS_BYTES,
      staged,
      written * WORDS,
      (used - written) * WORDS,
    );
    this.written = used;
  }

  /** Forgets every window, to write over them: what was recorded on them must be submitted first. */
  clear(): void {
    this.windows.clear();
    for (const buffer of this.buffers.splice(1)) buffer.destroy();
    this.used = this.written = this.buffers.length > 0 ? 0 : this.capacity;
  }

  destroy(): void {
    for (const buffer of this.buffers.splice(0)) buffer.destroy();
  }

  private add({ words, length }: PackedParams): ParamsWindow {
    if (this.isFull) this.addBuffer();
    const buffer = this.buffers.at(-1)!;
    const offset = this.used * PARAMS_BYTES;
    const own = words.slice(0, length);
    this.staged.set(own, this.used * WORDS);
    this.used++;
    return { words: own, length, buffer, offset, size: PARAMS_BYTES };
  }

  private addBuffer(): void {
    this.write();
    const size = this.capacity * PARAMS_BYTES;
    this.buffers.push(this.device.createBuffer({ label: 'params', size, usage: UNIFORM_COPY_DST }));
    this.used = this.written = 0;
  }
}

/** FNV-1a over words. */
function hashOf({ words, length }: PackedParams): number {
  let hash = 0x811c9dc5 | 0;
  for (let i = 0; i < length; i++) hash = Math.imul(hash ^ words[i]!, 0x01000193);
  return hash;
}

function isSame(a: PackedParams, b: PackedParams): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a.words[i] !== b.words[i]) return false;
  return true;
}
