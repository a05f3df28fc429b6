import { type PackedParams, ParamsBuffer, type ParamsWindow } from './params.ts';
import type { Pipeline } from './pipelines.ts';

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
