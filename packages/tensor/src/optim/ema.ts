import { TensorError } from '../errors.ts';
import { defineUpdate, type Update } from '../kernels/update.ts';
import { copyAll, overwriteAll, type StateDict, type Stateful } from '../nn/stateDict.ts';
import { tensor, zeros } from '../ops/create.ts';
import { keep } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { type Learnable, tensorOf } from './learnable.ts';

const average = defineUpdate({
  name: 'ema',
  params: {},
  states: [],
  body: 'p = rate * p + (1.0 - rate) * g;',
});

const copy = defineUpdate({ name: 'emaCopy', params: {}, states: [], body: 'p = g;' });

/** Exponential moving averages of parameters, in f32: average <- decay average + (1 - decay) parameter. */
export class ExponentialMovingAverage implements Stateful {
  /** The averages, in the order of the parameters; they start as copies. */
  readonly averages: readonly Tensor[];
  private readonly parameters: readonly Learnable[];
  private readonly decay: Tensor;

  constructor(parameters: readonly Learnable[], decay: number) {
    this.parameters = [...parameters];
    const tensors = this.parameters.map(tensorOf);
    const first = tensors[0];
    if (!first) throw new TensorError('ExponentialMovingAverage: there are no parameters to average');
    this.averages = tensors.map((p) => keep(zeros(p.shape, { device: p.device })));
    this.decay = keep(tensor([decay, 0], { device: first.device }));
    this.apply(copy);
  }

  /** Takes the present parameters into the averages. @throws DisposedError when one was disposed */
  update(): void {
    this.apply(average);
  }

  /** Copies of the averages, each under its parameter's number; the caller disposes them. */
  stateDict(): Map<string, Tensor> {
    return copyAll(this.named());
  }

  /** Takes copies of `state` as the averages. @throws TensorError listing all missing and unexpected names; ShapeError */
  loadStateDict(state: StateDict): void {
    overwriteAll(this.named(), state);
  }

  private named(): Map<string, Tensor> {
    return new Map(this.averages.map((average, i) => [String(i), average]));
  }

  private apply(update: Update): void {
    for (const [i, parameter] of this.parameters.entries()) {
      update({ parameter: this.averages[i]!, gradient: tensorOf(parameter), progress: this.decay });
    }
  }

  dispose(): void {
    this.decay.dispose();
    for (const average of this.averages) average.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
