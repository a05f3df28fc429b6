import { forwardAdd, gelu, Linear, Module, quickGelu, type Tensor, type UnaryModule } from '@lusd/tensor';

/** Activation between the two linear maps: x sigmoid(1.702 x), or GELU by erf. */
export type MlpActivation = 'quick_gelu' | 'gelu';

const ACTIVATIONS: Readonly<Record<MlpActivation, (x: Tensor) => Tensor>> = { quick_gelu: quickGelu, gelu };

/**
 * Two linear maps with an activation between. References: transformers' `CLIPMLP`, timm's `Mlp`, which have one
 * set of names.
 */
export class Mlp extends Module {
  readonly fc1: UnaryModule;
  readonly fc2: UnaryModule;
  private readonly activation: (x: Tensor) => Tensor;

  constructor(hiddenSize: number, intermediateSize: number, activation: MlpActivation) {
    super();
    this.fc1 = new Linear(hiddenSize, intermediateSize);
    this.fc2 = new Linear(intermediateSize, hiddenSize);
    this.activation = ACTIVATIONS[activation];
  }

  /** [B, L, C] -> the same. */
  forward(x: Tensor): Tensor {
    return this.fc2.forward(this.activation(this.fc1.forward(x)));
  }

  forwardAdd(add: Tensor, x: Tensor): Tensor {
    return forwardAdd(this.fc2, add, this.activation(this.fc1.forward(x)));
  }
}
