import type { Pipeline } from './pipelines.ts';

const LIMIT = 4096;

/** Bind groups by layout and buffers: creating one costs as much as the dispatch it serves. */
export class BindGroupCache {
  private groups = new Map<string, GPUBindGroup>();
  private readonly ids = new WeakMap<object, number>();
  private nextId = 0;

  constructor(private readonly device: GPUDevice) {}

  get(pipeline: Pipeline, buffers: readonly GPUBuffer[]): GPUBindGroup {
    let key = `${this.idOf(pipeline.bindGroupLayout)}`;
    for (const buffer of buffers) key += `,${this.idOf(buffer)}`;
    const cached = this.groups.get(key);
    if (cached) return cached;
    const group = this.device.createBindGroup({
      label: pipeline.kernel.name,
      layout: pipeline.bindGroupLayout,
      entries: buffers.map((buffer, binding) => ({ binding, resource: { buffer } })),
    });
    if (this.groups.size >= LIMIT) this.groups.clear();
    this.groups.set(key, group);
    return group;
  }

  /** Forgets every group, so that destroyed buffers can be freed. */
  clear(): void {
    this.groups.clear();
  }

  private idOf(object: object): number {
    const known = this.ids.get(object);
    if (known !== undefined) return known;
    const id = this.nextId++;
    this.ids.set(object, id);
    return id;
  }
}
