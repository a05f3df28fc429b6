import { BindGroupCache } from './bindGroups.ts';
import { BATCH, type Command, type Copy, type Dispatch, isCopy, type Workgroups } from './commands.ts';
import { MAX_WINDOWS, ParamsBuffers } from './params.ts';

interface PreparedDispatch {
  readonly pipeline: GPUComputePipeline;
  readonly group: GPUBindGroup;
  readonly workgroups: Workgroups;
}

/** A fixed list of commands with everything about them made in advance: params and bind groups. */
export class Replay {
  private readonly commands: readonly (PreparedDispatch | Copy)[];
  private readonly params: ParamsBuffers;
  readonly launches: number;

  constructor(
    private readonly device: GPUDevice,
    commands: readonly Command[],
  ) {
    this.launches = commands.filter((command) => !isCopy(command)).length;
    this.params = new ParamsBuffers(device, Math.min(this.launches, MAX_WINDOWS));
    const groups = new BindGroupCache(device);
    const prepare = ({ pipeline, params, buffers, workgroups }: Dispatch): PreparedDispatch => ({
      pipeline: pipeline.compute,
      group: groups.get(pipeline, this.params.windowOf(params), buffers),
      workgroups,
    });
    this.commands = commands.map((command) => (isCopy(command) ? command : prepare(command)));
    this.params.write();
  }

  /** Submits in batches, as the recorder does: a driver may treat one long submit as a hung device. */
  submit(): void {
    for (let first = 0; first < this.commands.length; first += BATCH)
      this.submitBatch(this.commands.slice(first, first + BATCH));
  }

  destroy(): void {
    this.params.destroy();
  }

  private submitBatch(commands: readonly (PreparedDispatch | Copy)[]): void {
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
      const { pipeline, group, workgroups } = command;
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, group);
      pass.dispatchWorkgroups(workgroups[0], workgroups[1], workgroups[2]);
    }
    pass?.end();
    this.device.queue.submit([encoder.finish()]);
  }
}
