import { ValidationError } from '../errors.ts';
import { BindGroupCache } from './bindGroups.ts';
import { BATCH, type Command, type Copy, type Dispatch } from './commands.ts';
import { PARAMS_BYTES, type PipelineCache } from './pipelines.ts';
import type { Profiler } from './profile.ts';

const PARAMS_WORDS = PARAMS_BYTES / 4;
const UNIFORM_COPY_DST = 0x40 | 0x08;

/**
 * Encodes commands in call order into one open compute pass and submits them in batches.
 *
 * The params of a batch share one uniform buffer, written just before the submit: queue writes run before an
 * encoder that is not yet submitted, and after every batch already submitted.
 */
export class Recorder {
  private encoder: GPUCommandEncoder | null = null;
  private pass: GPUComputePassEncoder | null = null;
  private count = 0;
  /** When set, every command is also handed over here (capture). */
  listener: ((command: Command) => void) | null = null;
  profiler: Profiler | null = null;
  /** What the profile lists the next dispatches under. */
  label = '';
  readonly bindGroups: BindGroupCache;
  private readonly params: GPUBuffer;
  private readonly paramsGroup: GPUBindGroup;
  private readonly staged = new Uint32Array(BATCH * PARAMS_WORDS);

  constructor(
    private readonly device: GPUDevice,
    pipelines: PipelineCache,
    private readonly report: (check: Promise<Error | null>) => void,
  ) {
    this.bindGroups = new BindGroupCache(device);
    this.params = device.createBuffer({
      label: 'params',
      size: BATCH * PARAMS_BYTES,
      usage: UNIFORM_COPY_DST,
    });
    this.paramsGroup = device.createBindGroup({
      label: 'params',
      layout: pipelines.paramsLayout,
      entries: [{ binding: 0, resource: { buffer: this.params, size: PARAMS_BYTES } }],
    });
  }

  dispatch(command: Dispatch): void {
    this.listener?.(command);
    const { pipeline, workgroups } = command;
    this.staged.set(command.params, this.count * PARAMS_WORDS);
    const pass = this.openPass(command);
    pass.setPipeline(pipeline.compute);
    pass.setBindGroup(0, this.bindGroups.get(pipeline, command.buffers));
    pass.setBindGroup(1, this.paramsGroup, [this.count * PARAMS_BYTES]);
    pass.dispatchWorkgroups(...workgroups);
    if (this.profiler) this.closePass();
    if (++this.count === BATCH) this.flush();
  }

  copy(command: Copy): void {
    this.listener?.(command);
    this.closePass();
    const { source, sourceOffset, target, targetOffset, bytes } = command;
    this.openEncoder().copyBufferToBuffer(source, sourceOffset, target, targetOffset, bytes);
  }

  /** Submits what has been recorded. */
  flush(): void {
    if (!this.encoder) return;
    this.closePass();
    this.profiler?.resolve(this.encoder);
    this.device.pushErrorScope('validation');
    if (this.count > 0)
      this.device.queue.writeBuffer(this.params, 0, this.staged, 0, this.count * PARAMS_WORDS);
    this.device.queue.submit([this.encoder.finish()]);
    this.report(
      this.device.popErrorScope().then((error) => (error ? new ValidationError(error.message) : null)),
    );
    this.profiler?.submitted();
    this.encoder = null;
    this.count = 0;
  }

  destroy(): void {
    this.params.destroy();
  }

  private openEncoder(): GPUCommandEncoder {
    this.encoder ??= this.device.createCommandEncoder();
    return this.encoder;
  }

  private openPass(command: Dispatch): GPUComputePassEncoder {
    if (!this.pass) {
      const encoder = this.openEncoder();
      const timestampWrites = this.profiler?.begin(command, this.label);
      this.pass = encoder.beginComputePass(timestampWrites ? { timestampWrites } : undefined);
    }
    return this.pass;
  }

  private closePass(): void {
    this.pass?.end();
    this.pass = null;
  }
}
