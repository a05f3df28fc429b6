import type { Tensor } from '../tensor.ts';
import { Module } from './module.ts';
import type { UnaryModule } from './unaryModule.ts';

/** A layer without parameters. */
export type Activation = (x: Tensor) => Tensor;
/** What `Sequential` applies: a module from one tensor to one, or a function. */
export type Layer = Activation | UnaryModule;

/** Layers applied one after another; functions count as places, so names equal torch.nn.Sequential's. */
export class Sequential extends Module {
  private readonly layers: Layer[];

  constructor(...layers: Layer[]) {
    super();
    this.layers = layers;
  }

  forward(x: Tensor): Tensor {
    return this.layers.reduce((y, layer) => (layer instanceof Module ? layer.forward(y) : layer(y)), x);
  }

  /** Named by their places. */
  protected override members(): object {
    return this.layers;
  }
}
