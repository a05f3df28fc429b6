import { TensorError } from '../errors.ts';
import { advanceStep } from '../kernels/update.ts';
import { clearGrad } from '../nn/module.ts';
import { copyAll, overwriteAll, type StateDict, type Stateful } from '../nn/stateDict.ts';
import { tensor } from '../ops/create.ts';
import { keep } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { type Learnable, tensorOf } from './learnable.ts';

/**
 * Base of the optimizers. Learning rate and step count live on the device, so that a captured step counts on at
 * every replay and follows a schedule. Steps are counted for all parameters together.
 */
export abstract class Optimizer implements Stateful {
  /** [learning rate, number of steps taken], f32. */
  protected readonly progress: Tensor;
  private readonly learnables: readonly Learnable[];
  private rate: number;

  constructor(parameters: readonly Learnable[], learningRate: number) {
    this.learnables = [...parameters];
    const first = this.parameters[0];
    if (!first) throw new TensorError('Optimizer: there are no parameters to optimize');
    this.rate = learningRate;
    this.progress = keep(tensor([learningRate, 0], { device: first.device }));
  }

  protected get parameters(): Tensor[] {
    return this.learnables.map(tensorOf);
  }

  get learningRate(): number {
    return this.rate;
  }

  /** Sets the rate of the steps to come. Not inside a capture. */
  set learningRate(value: number) {
    this.rate = value;
    this.progress.storage.overwrite(new Float32Array([value]));
  }

  /** Updates every parameter that has a gradient, in place. @throws DisposedError when one was disposed */
  step(): void {
    advanceStep(this.progress);
    for (const [i, parameter] of this.parameters.entries()) {
      if (parameter.grad) this.update(parameter, parameter.grad, i);
    }
  }

  /** Clears all gradients. */
  zeroGrad(): void {
    for (const parameter of this.parameters) clearGrad(parameter);
  }

  /**
   * Copies of all that the optimizer remembers, f32: `progress` [2], the learning rate and the steps taken, and for
   * parameter number i, in this library's layout, `i.exp_avg` and others by torch's names. The caller disposes them.
   */
  stateDict(): Map<string, Tensor> {
    return copyAll(this.namedState());
  }

  /**
   * Restores `state`, of an optimizer of the same kind and parameters; the next steps continue from it.
   * @throws TensorError listing all missing and unexpected names; ShapeError naming a misshapen one
   */
  async loadStateDict(state: StateDict): Promise<void> {
    overwriteAll(this.namedState(), state);
    const [rate] = await this.progress.data('f32');
    this.rate = rate ?? this.rate;
  }

  dispose(): void {
    for (const tensor of this.namedState().values()) tensor.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** Updates parameter number `index` in place. */
  protected abstract update(parameter: Tensor, gradient: Tensor, index: number): void;

  /** What the optimizer keeps on the device besides its progress: by torch's names, a tensor for every parameter. */
  protected abstract state(): Readonly<Record<string, readonly Tensor[]>>;

  private namedState(): Map<string, Tensor> {
    const named = Object.entries(this.state()).flatMap(([name, tensors]) =>
      tensors.map((tensor, i): [string, Tensor] => [`${i}.${name}`, tensor]),
    );
    return new Map([['progress', this.progress], ...named]);
  }
}
