import { forwardAdd, Linear, Module, type Tensor, type UnaryModule } from '@lusd/tensor';

/**
 * Two linear maps with an activation between. References: transformers' `CLIPMLP`, timm's `Mlp`, which have one
 * set of names.
 */
export class Mlp extends Module {
  readonly fc1: UnaryModule;
  readonly fc2: UnaryModule;

  constructor(
    hiddenSize: number,
    intermediateSize: number,
    private readonly activation: (x: Tensor) => Tensor,
  ) {
    super();
    this.fc1 = new Linear(hiddenSize, intermediateSize);
    this.fc2 = new Linear(intermediateSize, hiddenSize);
  }

  /** [B, L, C] -> the same. */
  forward(x: Tensor): Tensor {
    return this.fc2.forward(this.activation(this.fc1.forward(x)));
  }

  forwardAdd(add: Tensor, x: Tensor): Tensor {
    return forwardAdd(this.fc2, add, this.activation(this.fc1.forward(x)));
  }
}
