import { Parameter } from '../nn/parameter.ts';
import { tensor, zeros } from '../ops/create.ts';
import { keep } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { applyUpdate, defineUpdate } from './kernels.ts';
import type { Learnable } from './optimizer.ts';

const EMA = defineUpdate({
  name: 'ema',
  params: {},
  states: [],
  body: 'p = rate * p + (1.0 - rate) * g;',
});

const COPY = defineUpdate({ name: 'emaCopy', params: {}, states: [], body: 'p = g;' });

/** Exponential moving averages of parameters, in f32: average <- decay average + (1 - decay) parameter. */
export class ExponentialMovingAverage {
  /** The averages, in the order of the parameters; they start as copies. */
  readonly averages: readonly Tensor[];
  private readonly parameters: readonly Tensor[];
  private readonly decay: Tensor;

  constructor(parameters: readonly Learnable[], decay: number) {
    this.parameters = parameters.map((p) => (p instanceof Parameter ? p.value : p));
    this.averages = this.parameters.map((p) => keep(zeros(p.shape, { device: p.device })));
    this.decay = keep(tensor([decay, 0]));
    for (const [i, parameter] of this.parameters.entries()) {
      applyUpdate(COPY, this.averages[i]!, parameter, this.decay, [], {});
    }
  }

  /** Takes the present parameters into the averages. */
  update(): void {
    for (const [i, parameter] of this.parameters.entries()) {
      applyUpdate(EMA, this.averages[i]!, parameter, this.decay, [], {});
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
