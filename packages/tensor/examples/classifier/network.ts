import { Conv2d, GroupNorm, Linear, Module, mean, silu, type Tensor } from '../../src/index.ts';

/** Three convolutions, a mean over the picture and a linear layer. */
export class Classifier extends Module {
  readonly conv1 = new Conv2d(1, 8, 3, { padding: 1 });
  readonly norm = new GroupNorm(4, 8);
  readonly conv2 = new Conv2d(8, 16, 3, { padding: 1, stride: 2 });
  readonly conv3 = new Conv2d(16, 32, 3, { padding: 1, stride: 2 });
  readonly linear = new Linear(32, 4);

  /** [N, 16, 16, 1] -> logits [N, 4]. */
  forward(pictures: Tensor): Tensor {
    let x = this.norm.forward(silu(this.conv1.forward(pictures)));
    x = silu(this.conv2.forward(x));
    x = silu(this.conv3.forward(x));
    return this.linear.forward(mean(x, [1, 2]));
  }
}
