import { TensorError } from '../errors.ts';
import { advanceStep } from '../kernels/update.ts';
import { clearGrad } from '../nn/module.ts';
import { tensor } from '../ops/create.ts';
import { keep } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { type Learnable, tensorOf } from './learnable.ts';

/**
 * Base of the optimizers. Learning rate and step count live on the device, so that a captured step counts on at
 * every replay and follows a schedule. Steps are counted for all parameters together.
 */
export abstract class Optimizer {
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

  /** Drops all gradients. */
  zeroGrad(): void {
    for (const parameter of this.parameters) clearGrad(parameter);
  }

  dispose(): void {
    this.progress.dispose();
    for (const tensor of this.state()) tensor.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** Updates parameter number `index` in place. */
  protected abstract update(parameter: Tensor, gradient: Tensor, index: number): void;

  /** Everything the optimizer keeps on the device besides its progress. */
  protected abstract state(): readonly Tensor[];
}
