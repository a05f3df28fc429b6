import { defineUpdate, type Update } from '../kernels/update.ts';
import { zeros } from '../ops/create.ts';
import { keep } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import type { Learnable } from './learnable.ts';
import { Optimizer } from './optimizer.ts';

/** The settings of Adam and AdamW, with torch.optim's names and defaults. */
export interface AdamOptions {
  /** Learning rate; default 1e-3. */
  lr?: number;
  /** Decay of the first and second moment; default [0.9, 0.999]. */
  betas?: readonly [number, number];
  /** Default 1e-8. */
  eps?: number;
  /** Default 0 for Adam (added to the gradient), 1e-2 for AdamW (decoupled). */
  weightDecay?: number;
}

const PARAMS = {
  beta1: 'f32',
  beta2: 'f32',
  oneMinusBeta1: 'f32',
  oneMinusBeta2: 'f32',
  logBeta1: 'f32',
  logBeta2: 'f32',
  eps: 'f32',
  weightDecay: 'f32',
} as const;

// 1 - beta^steps loses its digits in f32 where beta is near 1: there it is a series in steps log(beta).
const DECLARATIONS = `fn one_minus_exp(z: f32) -> f32 {
  if (z < -0.5) { return 1.0 - exp(z); }
  return -z * (1.0 + z / 2.0 * (1.0 + z / 3.0 * (1.0 + z / 4.0 * (1.0 + z / 5.0 * (1.0 + z / 6.0 * (1.0 + z / 7.0))))));
}`;

const MOMENTS = `m = params.beta1 * m + params.oneMinusBeta1 * g;
  v = params.beta2 * v + params.oneMinusBeta2 * g * g;
  let correction1 = one_minus_exp(steps * params.logBeta1);
  let correction2 = one_minus_exp(steps * params.logBeta2);
  p = p - (rate / correction1) * m / (sqrt(v) / sqrt(correction2) + params.eps);`;

const adam = defineUpdate({
  name: 'adam',
  params: PARAMS,
  states: ['m', 'v'],
  declarations: DECLARATIONS,
  body: `g = g + params.weightDecay * p;
  ${MOMENTS}`,
});

const adamW = defineUpdate({
  name: 'adamW',
  params: PARAMS,
  states: ['m', 'v'],
  declarations: DECLARATIONS,
  body: `p = p * (1.0 - rate * params.weightDecay);
  ${MOMENTS}`,
});

abstract class Moments extends Optimizer {
  private readonly first: readonly Tensor[];
  private readonly second: readonly Tensor[];

  constructor(
    parameters: readonly Learnable[],
    private readonly apply: Update,
    private readonly options: Required<AdamOptions>,
  ) {
    super(parameters, options.lr);
    const blank = () => this.parameters.map((p) => keep(zeros(p.shape, { device: p.device })));
    this.first = blank();
    this.second = blank();
  }

  protected override update(parameter: Tensor, gradient: Tensor, index: number): void {
    const { betas, eps, weightDecay } = this.options;
    const [beta1, beta2] = betas;
    const states = [this.first[index], this.second[index]].filter((state) => state !== undefined);
    const params = {
      beta1,
      beta2,
      oneMinusBeta1: 1 - beta1,
      oneMinusBeta2: 1 - beta2,
      logBeta1: Math.log(beta1),
      logBeta2: Math.log(beta2),
      eps,
      weightDecay,
    };
    this.apply({ parameter, gradient, progress: this.progress, states, params });
  }

  protected override state() {
    return { exp_avg: this.first, exp_avg_sq: this.second };
  }
}

const DEFAULTS = { lr: 1e-3, betas: [0.9, 0.999], eps: 1e-8 } as const;

/** Adam with L2 regularisation; torch.optim.Adam. */
export class Adam extends Moments {
  constructor(parameters: readonly Learnable[], options: AdamOptions = {}) {
    super(parameters, adam, { ...DEFAULTS, weightDecay: 0, ...options });
  }
}

/** Adam with decoupled weight decay; torch.optim.AdamW. */
export class AdamW extends Moments {
  constructor(parameters: readonly Learnable[], options: AdamOptions = {}) {
    super(parameters, adamW, { ...DEFAULTS, weightDecay: 1e-2, ...options });
  }
}
