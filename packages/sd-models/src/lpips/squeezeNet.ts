import { Conv2d, concat, type Layer, Module, maxPool2d, relu, scope, type Tensor } from '@lusd/tensor';

/** 1 x 1 and 3 x 3 convolutions of a narrow 1 x 1 one, side by side. Reference: torchvision's `Fire`. */
class Fire extends Module {
  readonly squeeze: Conv2d;
  readonly expand1x1: Conv2d;
  readonly expand3x3: Conv2d;

  constructor(channels: number, squeezed: number, expanded: number) {
    super();
    this.squeeze = new Conv2d(channels, squeezed, 1);
    this.expand1x1 = new Conv2d(squeezed, expanded, 1);
    this.expand3x3 = new Conv2d(squeezed, expanded, 3, { padding: 1 });
  }

  /** [B, H, W, channels] -> [B, H, W, 2 expanded]. */
  forward(x: Tensor): Tensor {
    return scope(() => {
      const squeezed = relu(this.squeeze.forward(x));
      return relu(concat([this.expand1x1.forward(squeezed), this.expand3x3.forward(squeezed)], -1));
    });
  }
}

const pool = (x: Tensor) => maxPool2d(x, 3, { stride: 2, ceilMode: true });

/** Layers after which LPIPS looks. */
const TAPS: readonly number[] = [1, 4, 7, 9, 10, 11, 12];
/** Channels of what it sees there. */
export const TAP_CHANNELS: readonly number[] = [64, 128, 256, 384, 384, 512, 512];
/** The shortest side of which the last pool still has a pixel. */
export const LEAST_SIDE = 17;

/** The layers of SqueezeNet 1.1 below its classifier. Reference: torchvision's `squeezenet1_1`. */
export class SqueezeNet extends Module {
  /** With those without weights, so that places are torchvision's. */
  readonly features: readonly Layer[] = [
    new Conv2d(3, 64, 3, { stride: 2 }),
    relu,
    pool,
    new Fire(64, 16, 64),
    new Fire(128, 16, 64),
    pool,
    new Fire(128, 32, 128),
    new Fire(256, 32, 128),
    pool,
    new Fire(256, 48, 192),
    new Fire(384, 48, 192),
    new Fire(384, 64, 256),
    new Fire(512, 64, 256),
  ];

  /** Pictures [B, H, W, 3] -> what LPIPS compares: seven maps [B, h, w, C], of `TAP_CHANNELS`. */
  forward(x: Tensor): Tensor[] {
    return scope(() => {
      const taps: Tensor[] = [];
      let hidden = x;
      for (const [place, layer] of this.features.entries()) {
        hidden = layer instanceof Module ? layer.forward(hidden) : layer(hidden);
        if (TAPS.includes(place)) taps.push(hidden);
      }
      return taps;
    });
  }
}
