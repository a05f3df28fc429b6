import { BindGroupCache } from './bindGroups.ts';
import { BATCH, type Command, type Dispatch, isCopy } from './commands.ts';
import { PARAMS_BYTES, type PipelineCache } from './pipelines.ts';

const UNIFORM = 0x40; // GPUBufferUsage.UNIFORM

/** Bytes of params that one buffer holds: well below every adapter's buffer limit. */
const WINDOWS_PER_BUFFER = 4096;

interface PreparedDispatch {
  readonly pipeline: GPUComputePipeline;
  readonly storage: GPUBindGroup;
  readonly params: GPUBindGroup;
  readonly offset: number[];
  readonly command: Dispatch;
}

/** A fixed list of commands with everything about them made in advance: bind groups, params, offsets. */
export class Replay {
  private readonly commands: (PreparedDispatch | Exclude<Command, Dispatch>)[] = [];
  private readonly paramBuffers: GPUBuffer[] = [];
  readonly launches: number;

  constructor(
    private readonly device: GPUDevice,
    pipelines: PipelineCache,
    commands: readonly Command[],
  ) {
    const dispatches = commands.filter((command): command is Dispatch => !isCopy(command));
    this.launches = dispatches.length;
    const groups = this.makeParams(dispatches, pipelines.paramsLayout);
    const bindGroups = new BindGroupCache(device);
    let index = 0;
    for (const command of commands) {
      if (isCopy(command)) {
        this.commands.push(command);
        continue;
      }
      this.commands.push({
        pipeline: command.pipeline.compute,
        storage: bindGroups.get(command.pipeline, command.buffers),
        params: groups[Math.floor(index / WINDOWS_PER_BUFFER)]!,
        offset: [(index % WINDOWS_PER_BUFFER) * PARAMS_BYTES],
        command,
      });
      index++;
    }
  }

  /** Submits in batches, as the recorder does: a driver may treat one long submit as a hung device. */
  submit(): void {
    for (let first = 0; first < this.commands.length; first += BATCH)
      this.submitBatch(this.commands.slice(first, first + BATCH));
  }

  private submitBatch(commands: typeof this.commands): void {
    const encoder = this.device.createCommandEncoder({ label: 'replay' });
    let pass: GPUComputePassEncoder | null = null;
    for (const command of commands) {
      if ('source' in command) {
        pass?.end();
        pass = null;
        const { source, sourceOffset, target, targetOffset, bytes } = command;
        encoder.copyBufferToBuffer(source, sourceOffset, target, targetOffset, bytes);
        continue;
      }
      pass ??= encoder.beginComputePass();
      pass.setPipeline(command.pipeline);
      pass.setBindGroup(0, command.storage);
      pass.setBindGroup(1, command.params, command.offset);
      pass.dispatchWorkgroups(...command.command.workgroups);
    }
    pass?.end();
    this.device.queue.submit([encoder.finish()]);
  }

  destroy(): void {
    for (const buffer of this.paramBuffers) buffer.destroy();
  }

  /** One bind group for every WINDOWS_PER_BUFFER dispatches, over a buffer that holds their params. */
  private makeParams(dispatches: readonly Dispatch[], layout: GPUBindGroupLayout): GPUBindGroup[] {
    const groups: GPUBindGroup[] = [];
    for (let first = 0; first < dispatches.length; first += WINDOWS_PER_BUFFER) {
      const part = dispatches.slice(first, first + WINDOWS_PER_BUFFER);
      const size = part.length * PARAMS_BYTES;
      const buffer = this.device.createBuffer({
        label: 'replay params',
        size,
        usage: UNIFORM,
        mappedAtCreation: true,
      });
      const words = new Uint32Array(buffer.getMappedRange());
      for (const [i, dispatch] of part.entries()) words.set(dispatch.params, (i * PARAMS_BYTES) / 4);
      buffer.unmap();
      this.paramBuffers.push(buffer);
      groups.push(
        this.device.createBindGroup({
          label: 'replay params',
          layout,
          entries: [{ binding: 0, resource: { buffer, size: PARAMS_BYTES } }],
        }),
      );
    }
    return groups;
  }
}
