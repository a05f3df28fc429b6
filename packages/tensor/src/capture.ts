import { TensorError } from './errors.ts';
import { currentDevice, type Device } from './gpu/device.ts';
import type { BufferPool } from './gpu/pool.ts';
import type { Command } from './gpu/recorder.ts';
import { Replay } from './gpu/replay.ts';
import { disposablesIn, keep, scope } from './scope.ts';

/** A recorded step that can run again without its JavaScript. */
export class Capture<T> {
  private disposed = false;

  /** @internal */
  constructor(
    /** What the step returned: tensors whose contents every replay overwrites; they live as long as the capture. */
    readonly result: T,
    private readonly device: Device,
    private readonly step: Replay,
    private readonly pool: BufferPool,
  ) {}

  /** Number of kernels that a replay launches. */
  get launches(): number {
    return this.step.launches;
  }

  /** Runs the step again on the present contents of the tensors it read. @throws TensorError after dispose() */
  replay(): void {
    if (this.disposed) throw new TensorError('replay: this capture was disposed');
    this.device.recorder.flush();
    this.step.submit();
  }

  /** Gives back the memory of the step, the results included. */
  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    for (const tensor of disposablesIn(this.result)) tensor.dispose();
    this.step.destroy();
    this.pool.retire();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/**
 * Runs `step` once while recording its commands, which `replay()` then runs again bit for bit: same kernels, same
 * memory, same scalars. Whatever changes between replays must live in tensors made before (write new inputs with
 * `copyFrom`; optimizers and device generators keep their counters on the device).
 *
 * Tensors that the step reads must outlive the capture. Nothing can be uploaded or read back inside.
 * @throws TensorError on an upload or a readback inside `step`, or a capture inside a capture
 */
export function capture<T>(step: () => T, device: Device = currentDevice()): Capture<T> {
  const { recorder } = device;
  if (recorder.listener) throw new TensorError('capture: captures cannot be nested');
  const pool = device.createCapturePool();
  const commands: Command[] = [];
  recorder.listener = (command) => commands.push(command);
  try {
    const result = device.withPool(pool, () => scope(step));
    for (const tensor of disposablesIn(result)) keep(tensor);
    return new Capture(result, device, new Replay(device.gpu, device.pipelines, commands), pool);
  } catch (error) {
    pool.retire();
    throw error;
  } finally {
    recorder.listener = null;
  }
}
