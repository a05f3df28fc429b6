import type { Tensor } from '../tensor.ts';
import { Module } from './module.ts';

/** A layer without parameters. */
export type Activation = (x: Tensor) => Tensor;
export type Layer = Activation | (Module & { forward(x: Tensor): Tensor });

/** Layers applied one after another; functions count as places, so names equal torch.nn.Sequential's. */
export class Sequential extends Module {
  private readonly layers: readonly Layer[];

  constructor(...layers: Layer[]) {
    super();
    this.layers = layers;
  }

  override namedParameters() {
    return this.layers.flatMap((layer, i) =>
      layer instanceof Module
        ? layer.namedParameters().map(([name, p]): [string, typeof p] => [`${i}.${name}`, p])
        : [],
    );
  }

  forward(x: Tensor): Tensor {
    return this.layers.reduce((y, layer) => (layer instanceof Module ? layer.forward(y) : layer(y)), x);
  }
}
