import { Adam, AdamW, clone, keep, requireGrad, scope, type Tensor } from '@lusd/tensor';

/** Steps of latents by an optimizer that remembers moments: torch's Adam or AdamW. */
export class AdaptiveStep {
  private readonly parameter: Tensor;
  private readonly optimizer: Adam | AdamW;

  /** @param source latents of the picture */
  constructor(kind: 'adam' | 'adamw', source: Tensor, lr: number) {
    this.parameter = requireGrad(keep(scope(() => clone(source))));
    this.optimizer =
      kind === 'adam' ? new Adam([this.parameter], { lr }) : new AdamW([this.parameter], { lr });
  }

  /** New latents, after a step against `gradient`. */
  step(latents: Tensor, gradient: Tensor): Tensor {
    const { parameter, optimizer } = this;
    parameter.copyFrom(latents);
    parameter.grad = keep(gradient.mul(1));
    optimizer.step();
    optimizer.zeroGrad();
    return clone(parameter.detach());
  }

  dispose(): void {
    this.optimizer.dispose();
    this.parameter.dispose();
  }
}
