const MAP_READ_COPY_DST = 0x01 | 0x08; // GPUBufferUsage; Node has no such global
const MAP_MODE_READ = 1;

/** Mappable staging buffers, reused by size. */
export class Readback {
  private readonly idle = new Map<number, GPUBuffer[]>();

  constructor(private readonly device: GPUDevice) {}

  /** A staging buffer of at least `bytes` to copy into. */
  acquire(bytes: number): GPUBuffer {
    const size = Math.max(256, 2 ** Math.ceil(Math.log2(bytes)));
    const cached = this.idle.get(size)?.pop();
    return cached ?? this.device.createBuffer({ label: 'readback', size, usage: MAP_READ_COPY_DST });
  }

  /** The first `bytes` of `staging`, once the device has written them; the buffer returns to the pool. */
  async read(staging: GPUBuffer, bytes: number): Promise<ArrayBuffer> {
    await staging.mapAsync(MAP_MODE_READ, 0, bytes);
    const copy = staging.getMappedRange(0, bytes).slice(0);
    staging.unmap();
    const list = this.idle.get(staging.size);
    if (list) list.push(staging);
    else this.idle.set(staging.size, [staging]);
    return copy;
  }

  destroy(): void {
    for (const list of this.idle.values()) for (const buffer of list) buffer.destroy();
    this.idle.clear();
  }
}
