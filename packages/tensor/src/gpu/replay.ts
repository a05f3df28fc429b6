import { createGroup, ParamsBuffer } from './bindGroups.ts';
import { type Command, type Copy, type Dispatch, isCopy, type PreparedDispatch } from './commands.ts';

/** Params that one buffer holds: well below every adapter's buffer limit. */
const WINDOWS = 4096;

/** A fixed list of commands with everything about them made in advance: params and bind groups. */
export class Replay {
  readonly commands: readonly (PreparedDispatch | Copy)[];
  readonly launches: number;
  private readonly params: ParamsBuffer[] = [];

  constructor(device: GPUDevice, commands: readonly Command[]) {
    this.launches = commands.filter((command) => !isCopy(command)).length;
    const prepare = (dispatch: Dispatch): PreparedDispatch => {
      const window = this.roomFor(device).add(dispatch.params);
      return { dispatch, group: createGroup(device, dispatch.pipeline, dispatch.buffers, window) };
    };
    this.commands = commands.map((command) => (isCopy(command) ? command : prepare(command)));
    for (const params of this.params) params.write();
  }

  /** What replays recorded must be submitted first. */
  destroy(): void {
    for (const params of this.params) params.destroy();
  }

  private roomFor(device: GPUDevice): ParamsBuffer {
    const last = this.params.at(-1);
    if (last && !last.isFull) return last;
    const next = new ParamsBuffer(device, Math.min(this.launches, WINDOWS));
    this.params.push(next);
    return next;
  }
}
