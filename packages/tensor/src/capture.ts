import { TensorError } from './errors.ts';
import { currentDevice, type Device } from './gpu/device.ts';
import type { BufferPool } from './gpu/pool.ts';
import { Replay } from './gpu/replay.ts';
import { inference, noGrad } from './graph.ts';
import { clone } from './ops/cast.ts';
import { disposablesIn, keep, scope } from './scope.ts';
import type { Tensor } from './tensor.ts';

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
    this.device.queue.replay(this.step);
  }

  /** Frees the memory of the step, including the results. */
  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    for (const tensor of disposablesIn(this.result)) tensor.dispose();
    this.device.queue.forgetBuffers();
    this.step.destroy();
    this.pool.retire();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/**
 * Runs `step` once while recording its commands, which `replay()` then runs again bit for bit: same kernels, same
 * memory, same scalars. Data that changes between replays must be in tensors made before (write new inputs with
 * `copyFrom`; optimizers and device generators keep their counters on the device).
 *
 * Tensors that the step reads must outlive the capture. Nothing can be uploaded or read back inside.
 * @throws TensorError on an upload or a readback inside `step`, or a capture inside a capture
 */
export function capture<T>(step: () => T, device: Device = currentDevice()): Capture<T> {
  if (device.capturing) throw new TensorError('capture: captures cannot be nested');
  const pool = device.allocator.createCapturePool();
  try {
    const { result, commands } = device.queue.capture(() =>
      device.allocator.withPool(pool, () => scope(step)),
    );
    for (const tensor of disposablesIn(result)) keep(tensor);
    return new Capture(result, device, new Replay(device.gpu, commands), pool);
  } catch (error) {
    pool.retire();
    throw error;
  }
}

/**
 * A function of tensors that is run at its first call, captured at its second, and from then on replayed on copies of
 * its operands, without its JavaScript. The counterpart of `torch.cuda.make_graphed_callables`, without gradients.
 *
 * `body` must do the same for all operands of one shape; what it uploads, it may upload at the first call only.
 * Dispose it, or declare it with `using`.
 */
export class CapturedFunction<T> {
  private operands: readonly Tensor[] = [];
  private first: T | null = null;
  private captured: Capture<T> | null = null;

  constructor(private readonly body: (...operands: Tensor[]) => T) {}

  /**
   * @returns what `body` returns: tensors that the next call frees or overwrites; copy what should be kept
   * @throws ShapeError when operands differ from the second call's in shape or dtype; what `body` throws
   */
  call(...operands: Tensor[]): T {
    if (this.captured) return this.replay(this.captured, operands);
    if (this.first) return this.capture(operands);
    this.first = inference(() => this.body(...operands));
    return this.first;
  }

  dispose(): void {
    this.disposeFirst();
    this.captured?.dispose();
    for (const operand of this.operands) operand.dispose();
    this.captured = null;
    this.operands = [];
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  private replay(captured: Capture<T>, operands: readonly Tensor[]): T {
    if (operands.length !== this.operands.length) {
      const [own, given] = [this.operands.length, operands.length];
      throw new TensorError(`call: captured with ${own} operands, called with ${given}`);
    }
    for (const [i, operand] of operands.entries()) this.operands[i]!.copyFrom(operand);
    captured.replay();
    return captured.result;
  }

  private capture(operands: readonly Tensor[]): T {
    this.disposeFirst();
    const device = operands[0]?.device ?? currentDevice();
    // The first call's memory, which the capture takes once more.
    device.trim();
    this.operands = scope(() => operands.map((operand) => keep(clone(operand.detach()))));
    try {
      this.captured = capture(() => noGrad(() => this.body(...this.operands)), device);
    } catch (error) {
      this.dispose();
      throw error;
    }
    return this.captured.result;
  }

  private disposeFirst(): void {
    for (const tensor of disposablesIn(this.first)) tensor.dispose();
    this.first = null;
  }
}
