import { PARAMS_BYTES, type PackedParams } from './params.ts';
import type { Pipeline } from './pipelines.ts';

const UNIFORM_COPY_DST = 0x40 | 0x08; // GPUBufferUsage; Node has no such global
const WORDS = PARAMS_BYTES / 4;

/** Bind groups that are kept: a step of a large model has some hundreds. */
export const MAX_GROUPS = 4096;
/** Those of them with the same buffers: a step that is repeated finds them all again unless it reuses a buffer more often. */
const MOST_ALIKE = 4;

/** A bind group whose params can be replaced once the batch that reads them is submitted. */
interface BoundParams {
  readonly group: GPUBindGroup;
  readonly window: ParamsWindow;
  batch: number;
}

/** By the buffers in order; the last map holds what was bound to them. */
type Branch = Map<object, Branch | BoundParams[]>;

/**
 * Bind groups of dispatches, params included, for steps that are repeated: creating one costs as much as the dispatch it
 * serves, and an offset of params that is given with every dispatch a third of it.
 */
export class BindGroupCache {
  private readonly root: Branch = new Map();
  private readonly params: ParamsBuffer;

  constructor(private readonly device: GPUDevice) {
    this.params = new ParamsBuffer(device, MAX_GROUPS);
  }

  /** Whether `clear` must come before the next `get`. */
  get isFull(): boolean {
    return this.params.isFull;
  }

  /** @param batch number of the batch that will read the params */
  get(pipeline: Pipeline, buffers: readonly GPUBuffer[], params: PackedParams, batch: number): GPUBindGroup {
    const bound = this.find(pipeline, buffers);
    const chosen = this.choose(bound, params, batch);
    if (chosen) {
      chosen.batch = batch;
      return chosen.group;
    }
    const window = this.params.add(params);
    const group = createGroup(this.device, pipeline, buffers, window);
    bound.push({ group, window, batch });
    return group;
  }

  /** Puts the params on the device: before the batch that reads them is submitted. */
  write(): void {
    this.params.write();
  }

  /** Forgets every group, so that destroyed buffers can be freed; what was recorded must be submitted first. */
  clear(): void {
    this.root.clear();
    this.params.clear();
  }

  destroy(): void {
    this.params.destroy();
  }

  private find(pipeline: Pipeline, buffers: readonly GPUBuffer[]): BoundParams[] {
    let branch = this.root;
    let key: object = pipeline.bindGroupLayout;
    for (const buffer of buffers) {
      const next = branch.get(key) as Branch | undefined;
      if (next) branch = next;
      else {
        const made: Branch = new Map();
        branch.set(key, made);
        branch = made;
      }
      key = buffer;
    }
    const known = branch.get(key) as BoundParams[] | undefined;
    if (known) return known;
    const bound: BoundParams[] = [];
    branch.set(key, bound);
    return bound;
  }

  /** The group with these params, or one that can be given them; undefined if another is to be made. */
  private choose(
    bound: readonly BoundParams[],
    params: PackedParams,
    batch: number,
  ): BoundParams | undefined {
    for (const one of bound) if (this.params.holds(one.window.index, params)) return one;
    if (bound.length < MOST_ALIKE) return undefined;
    const idle = bound.find((one) => one.batch !== batch);
    if (idle) this.params.set(idle.window.index, params);
    return idle;
  }
}

/** The bind group of a dispatch. */
export function createGroup(
  device: GPUDevice,
  pipeline: Pipeline,
  buffers: readonly GPUBuffer[],
  params: ParamsWindow,
): GPUBindGroup {
  const resources = [...buffers.map((buffer): GPUBufferBinding => ({ buffer })), params];
  return device.createBindGroup({
    label: pipeline.kernel.name,
    layout: pipeline.bindGroupLayout,
    entries: resources.map((resource, binding) => ({ binding, resource })),
  });
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
