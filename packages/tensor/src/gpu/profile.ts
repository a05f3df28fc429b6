import { alignColumns } from '../alignColumns.ts';
import { BATCH, type Launch } from './commands.ts';
import type { Kernel } from './pipelines.ts';

/** One line of a profile: all dispatches of one operation under one label. Times are 0 on adapters whose timestamps stand still (SwiftShader). */
export interface ProfileRow {
  readonly name: string;
  /** What `Device.labelled` named; empty outside of it. */
  readonly label: string;
  readonly count: number;
  readonly milliseconds: number;
  readonly gflops: number;
  readonly gbytes: number;
}

/** Begin and end of every pass of a batch, in 8 bytes each. */
const STAMPS = BATCH * 2;
const BYTES = STAMPS * 8;
const QUERY_RESOLVE_COPY_SRC = 0x200 | 0x04;
const MAP_READ_COPY_DST = 0x01 | 0x08;

interface Total {
  readonly name: string;
  readonly label: string;
  count: number;
  nanoseconds: number;
  flops: number;
  bytes: number;
}

interface Timed {
  readonly name: string;
  readonly flops: number;
  readonly bytes: number;
  readonly label: string;
}

/**
 * Times every dispatch in a pass of its own, since WebGPU writes timestamps at pass boundaries only; the sum is
 * therefore a little above the time of the same work unprofiled.
 */
export class Profiler {
  private readonly queries: GPUQuerySet;
  private readonly resolved: GPUBuffer;
  private readonly totals = new Map<string, Total>();
  private batch: Timed[] = [];
  private staging: GPUBuffer | null = null;
  private readonly pending: Promise<void>[] = [];

  constructor(private readonly device: GPUDevice) {
    this.queries = device.createQuerySet({ type: 'timestamp', count: STAMPS });
    this.resolved = device.createBuffer({ size: BYTES, usage: QUERY_RESOLVE_COPY_SRC });
  }

  begin({ name }: Kernel, { flops, bytes }: Launch, label: string): GPUComputePassTimestampWrites {
    const index = this.batch.push({ name, flops, bytes, label }) - 1;
    return {
      querySet: this.queries,
      beginningOfPassWriteIndex: index * 2,
      endOfPassWriteIndex: index * 2 + 1,
    };
  }

  /** Called just before the submit of a batch. */
  resolve(encoder: GPUCommandEncoder): void {
    if (this.batch.length === 0) return;
    this.staging = this.device.createBuffer({ size: BYTES, usage: MAP_READ_COPY_DST });
    encoder.resolveQuerySet(this.queries, 0, this.batch.length * 2, this.resolved, 0);
    encoder.copyBufferToBuffer(this.resolved, 0, this.staging, 0, BYTES);
  }

  /** Called just after the submit of a batch. */
  submitted(): void {
    if (this.staging) this.pending.push(this.collect(this.staging, this.batch));
    this.staging = null;
    this.batch = [];
  }

  async finish(): Promise<ProfileRow[]> {
    await Promise.all(this.pending);
    this.queries.destroy();
    this.resolved.destroy();
    const rows = Array.from(this.totals.values(), (t) => ({
      name: t.name,
      label: t.label,
      count: t.count,
      milliseconds: t.nanoseconds / 1e6,
      gflops: t.nanoseconds && t.flops / t.nanoseconds,
      gbytes: t.nanoseconds && t.bytes / t.nanoseconds,
    }));
    return rows.sort((a, b) => b.milliseconds - a.milliseconds);
  }

  private async collect(staging: GPUBuffer, batch: readonly Timed[]): Promise<void> {
    await staging.mapAsync(1);
    const stamps = new BigUint64Array(staging.getMappedRange());
    for (const [i, timed] of batch.entries()) this.add(timed, Number(stamps[2 * i + 1]! - stamps[2 * i]!));
    staging.unmap();
    staging.destroy();
  }

  private add({ name, flops, bytes, label }: Timed, nanoseconds: number): void {
    const key = `${label}\n${name}`;
    const total = this.totals.get(key) ?? { name, label, count: 0, nanoseconds: 0, flops: 0, bytes: 0 };
    total.count++;
    total.nanoseconds += nanoseconds;
    total.flops += flops;
    total.bytes += bytes;
    this.totals.set(key, total);
  }
}

/** The rows of a profile as an aligned text table. */
export function formatProfile(rows: readonly ProfileRow[]): string {
  const header = ['operation', 'count', 'ms', 'GFLOP/s', 'GB/s'];
  const body = rows.map((r) => [
    r.label === '' ? r.name : `${r.label}: ${r.name}`,
    String(r.count),
    r.milliseconds.toFixed(3),
    r.gflops.toFixed(1),
    r.gbytes.toFixed(1),
  ]);
  return alignColumns([header, ...body]);
}
