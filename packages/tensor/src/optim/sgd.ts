import { defineUpdate } from '../kernels/update.ts';
import { zeros } from '../ops/create.ts';
import { keep } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import type { Learnable } from './learnable.ts';
import { Optimizer } from './optimizer.ts';

/** The settings of SGD, with torch.optim's names and defaults. */
export interface SGDOptions {
  /** Learning rate. */
  lr: number;
  /** Default 0. */
  momentum?: number;
  /** Dampening of the momentum; default 0. */
  dampening?: number;
  /** Default 0. */
  weightDecay?: number;
  /** Nesterov momentum; default false. */
  nesterov?: boolean;
}

const plain = defineUpdate({
  name: 'sgd',
  params: { weightDecay: 'f32' },
  states: [],
  body: 'p = p - rate * (g + params.weightDecay * p);',
});

// The first step takes the gradient as it is: the buffer of torch starts as a copy of it.
const withMomentum = defineUpdate({
  name: 'sgdMomentum',
  params: { weightDecay: 'f32', momentum: 'f32', dampening: 'f32', nesterov: 'f32' },
  states: ['m'],
  body: `g = g + params.weightDecay * p;
  m = select(params.momentum * m + (1.0 - params.dampening) * g, g, steps <= 1.0);
  p = p - rate * select(m, g + params.momentum * m, params.nesterov > 0.0);`,
});

/** Stochastic gradient descent with momentum; torch.optim.SGD. */
export class SGD extends Optimizer {
  private readonly options: Required<Omit<SGDOptions, 'lr'>>;
  private readonly momenta: readonly Tensor[];

  constructor(parameters: readonly Learnable[], { lr, ...options }: SGDOptions) {
    super(parameters, lr);
    this.options = { momentum: 0, dampening: 0, weightDecay: 0, nesterov: false, ...options };
    const needed = this.options.momentum === 0 ? [] : this.parameters;
    this.momenta = needed.map((p) => keep(zeros(p.shape, { device: p.device })));
  }

  protected override update(parameter: Tensor, gradient: Tensor, index: number): void {
    const { momentum, dampening, weightDecay, nesterov } = this.options;
    const operands = { parameter, gradient, progress: this.progress };
    const buffer = this.momenta[index];
    if (!buffer) {
      plain({ ...operands, params: { weightDecay } });
      return;
    }
    const params = { weightDecay, momentum, dampening, nesterov: Number(nesterov) };
    withMomentum({ ...operands, states: [buffer], params });
  }

  protected override state() {
    return { momentum_buffer: this.momenta };
  }
}
