import { ValidationError } from '../errors.ts';
import { BATCH, type Copy, type Launch } from './commands.ts';
import type { Kernel, Pipeline } from './pipelines.ts';
import type { Profiler } from './profile.ts';

/** Encodes commands in call order into one open compute pass and submits them in batches. */
export class Recorder {
  private encoder: GPUCommandEncoder | null = null;
  private pass: GPUComputePassEncoder | null = null;
  private count = 0;
  private batches = 0;
  /** Whether an error scope is open: from the first submit on, to what is awaited next. */
  private isWatched = false;
  profiler: Profiler | null = null;
  /** What the profile lists the next dispatches under. */
  label = '';

  /** @param beforeSubmit writes what the recorded dispatches read */
  constructor(
    private readonly device: GPUDevice,
    private readonly beforeSubmit: () => void,
    private readonly report: (check: Promise<Error | null>) => void,
  ) {}

  dispatch(pipeline: Pipeline, group: GPUBindGroup, launch: Launch): void {
    const [x, y, z] = launch.workgroups;
    const pass = this.openPass(pipeline.kernel, launch);
    pass.setPipeline(pipeline.compute);
    pass.setBindGroup(0, group);
    pass.dispatchWorkgroups(x, y, z);
    if (this.profiler) this.closePass();
    if (++this.count === BATCH) this.flush();
  }

  copy({ source, sourceOffset, target, targetOffset, bytes }: Copy): void {
    this.closePass();
    this.openEncoder().copyBufferToBuffer(source, sourceOffset, target, targetOffset, bytes);
  }

  /** Submits what has been recorded. */
  flush(): void {
    if (!this.encoder) return;
    this.closePass();
    this.profiler?.resolve(this.encoder);
    if (!this.isWatched) this.device.pushErrorScope('validation');
    this.isWatched = true;
    this.beforeSubmit();
    this.device.queue.submit([this.encoder.finish()]);
    this.profiler?.submitted();
    this.encoder = null;
    this.count = 0;
    this.batches++;
  }

  /** Reports what is wrong with the batches submitted since the last call: before something is awaited. */
  reportErrors(): void {
    if (!this.isWatched) return;
    this.isWatched = false;
    this.report(
      this.device.popErrorScope().then((error) => (error ? new ValidationError(error.message) : null)),
    );
  }

  /** How many batches were submitted. */
  get submitted(): number {
    return this.batches;
  }

  private openEncoder(): GPUCommandEncoder {
    this.encoder ??= this.device.createCommandEncoder();
    return this.encoder;
  }

  private openPass(kernel: Kernel, launch: Launch): GPUComputePassEncoder {
    if (!this.pass) {
      const encoder = this.openEncoder();
      const timestampWrites = this.profiler?.begin(kernel, launch, this.label);
      this.pass = encoder.beginComputePass(timestampWrites ? { timestampWrites } : undefined);
    }
    return this.pass;
  }

  private closePass(): void {
    this.pass?.end();
    this.pass = null;
  }
}
