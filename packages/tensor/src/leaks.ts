import type { GraphNode } from './autograd.ts';
import type { Storage } from './storage.ts';
import type { Tensor } from './tensor.ts';

interface Held {
  readonly storage: Storage;
  readonly node: GraphNode<Tensor> | null;
  readonly shape: string;
}

let warned = false;

/** Frees what a collected, never disposed tensor held, and warns once: collection comes late and in no order. */
const registry = new FinalizationRegistry<Held>(({ storage, node, shape }) => {
  storage.release();
  node?.release();
  if (warned) return;
  warned = true;
  console.warn(
    `a tensor of shape [${shape}] was garbage-collected without dispose(); device memory leaks until then. ` +
      'Work inside scope(), or declare tensors with `using`. (Said once.)',
  );
});

export function warnAtCollection(tensor: Tensor, storage: Storage, node: GraphNode<Tensor> | null): void {
  registry.register(tensor, { storage, node, shape: tensor.shape.join(', ') }, tensor);
}

warnAtCollection.cancel = (tensor: Tensor): void => {
  registry.unregister(tensor);
};
