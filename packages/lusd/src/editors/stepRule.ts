import { Adam, AdamW, clone, keep, requireGrad, scope, type Tensor } from '@lusd/tensor';
import * as v from 'valibot';
import { notNegative } from '../options.ts';
import { latentSize } from '../picture/latents.ts';
import { updateFactor } from './schedules.ts';

/** How a direction becomes a step. */
export interface StepOptions {
  /** Learning rate. */
  readonly lr: number;
  /** SGD has no momentum; Adam and AdamW are torch's, with its defaults. Default 'sgd'. */
  readonly optimizer: 'sgd' | 'adam' | 'adamw';
  /**
   * What the optimizer is given as the gradient: 2000 / (h w) times the direction, 'mean', as where the loss is a mean
   * over the latents times 2000, or the direction itself, 'sum'.
   */
  readonly reduction: 'mean' | 'sum';
}

/** @param defaults of the method's authors */
export function stepEntries(lr: number, reduction: StepOptions['reduction']) {
  return {
    lr: v.optional(notNegative, lr),
    optimizer: v.optional(v.picklist(['sgd', 'adam', 'adamw'], "must be 'sgd', 'adam' or 'adamw'"), 'sgd'),
    reduction: v.optional(v.picklist(['mean', 'sum'], "must be 'mean' or 'sum'"), reduction),
  };
}

/** What moves the latents; it may remember earlier steps. */
export interface StepRule {
  /** New latents, after a step against `direction`. */
  step(latents: Tensor, direction: Tensor): Tensor;
  dispose(): void;
}

/** @param source latents of the picture */
export function stepRule({ lr, optimizer, reduction }: StepOptions, source: Tensor): StepRule {
  const { height, width } = latentSize(source);
  const factor = reduction === 'mean' ? updateFactor(height, width) : 1;
  if (optimizer === 'sgd') {
    return {
      step: (latents, direction) => latents.sub(direction.mul(lr * factor)),
      dispose() {},
    };
  }
  return new AdaptiveRule(source, factor, (parameter) =>
    optimizer === 'adam' ? new Adam([parameter], { lr }) : new AdamW([parameter], { lr }),
  );
}

/** Steps of an optimizer that remembers moments. */
class AdaptiveRule implements StepRule {
  private readonly parameter: Tensor;
  private readonly optimizer: Adam | AdamW;

  constructor(
    source: Tensor,
    private readonly factor: number,
    make: (parameter: Tensor) => Adam | AdamW,
  ) {
    this.parameter = requireGrad(keep(scope(() => clone(source))));
    this.optimizer = make(this.parameter);
  }

  step(latents: Tensor, direction: Tensor): Tensor {
    const { parameter, optimizer } = this;
    parameter.copyFrom(latents);
    parameter.grad = keep(direction.mul(this.factor));
    optimizer.step();
    optimizer.zeroGrad();
    return clone(parameter.detach());
  }

  dispose(): void {
    this.optimizer.dispose();
    this.parameter.dispose();
  }
}
