import { BindGroupCache } from './bindGroups.ts';
import { type Command, type Copy, type Dispatch, isCopy, type PreparedDispatch } from './commands.ts';
import { MAX_WINDOWS, ParamsBuffers } from './params.ts';

/** A fixed list of commands with everything about them made in advance: params and bind groups. */
export class Replay {
  readonly commands: readonly (PreparedDispatch | Copy)[];
  readonly launches: number;
  private readonly params: ParamsBuffers;

  constructor(device: GPUDevice, commands: readonly Command[]) {
    this.launches = commands.filter((command) => !isCopy(command)).length;
    this.params = new ParamsBuffers(device, Math.min(this.launches, MAX_WINDOWS));
    const groups = new BindGroupCache(device);
    const prepare = (dispatch: Dispatch): PreparedDispatch => ({
      dispatch,
      group: groups.get(dispatch.pipeline, this.params.windowOf(dispatch.params), dispatch.buffers),
    });
    this.commands = commands.map((command) => (isCopy(command) ? command : prepare(command)));
    this.params.write();
  }

  /** What replays recorded must be submitted first. */
  destroy(): void {
    this.params.destroy();
  }
}
