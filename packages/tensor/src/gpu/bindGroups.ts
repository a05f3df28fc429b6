import type { ParamsWindow } from './params.ts';
import type { Pipeline } from './pipelines.ts';

/** Bind groups of one layout and params, by their buffers in order; the last map holds the group. */
type Branch = Map<object, Branch | GPUBindGroup>;

/** Bind groups by layout, params and buffers: creating one costs as much as the dispatch it serves. */
export class BindGroupCache {
  private readonly root: Branch = new Map();
  private groups = 0;

  constructor(private readonly device: GPUDevice) {}

  /** How many groups are kept. */
  get size(): number {
    return this.groups;
  }

  get(pipeline: Pipeline, params: ParamsWindow, buffers: readonly GPUBuffer[]): GPUBindGroup {
    let branch = follow(follow(this.root, pipeline.bindGroupLayout), params);
    const last = buffers.length - 1;
    for (let i = 0; i < last; i++) branch = follow(branch, buffers[i]!);
    const cached = branch.get(buffers[last]!) as GPUBindGroup | undefined;
    if (cached) return cached;
    const group = this.create(pipeline, params, buffers);
    branch.set(buffers[last]!, group);
    this.groups++;
    return group;
  }

  /** Forgets every group, so that destroyed buffers can be freed. */
  clear(): void {
    this.root.clear();
    this.groups = 0;
  }

  private create(pipeline: Pipeline, params: ParamsWindow, buffers: readonly GPUBuffer[]): GPUBindGroup {
    const resources = [...buffers.map((buffer): GPUBufferBinding => ({ buffer })), params];
    return this.device.createBindGroup({
      label: pipeline.kernel.name,
      layout: pipeline.bindGroupLayout,
      entries: resources.map((resource, binding) => ({ binding, resource })),
    });
  }
}

function follow(branch: Branch, key: object): Branch {
  const known = branch.get(key) as Branch | undefined;
  if (known) return known;
  const next: Branch = new Map();
  branch.set(key, next);
  return next;
}
