import { formatShape, type Shape } from './shape.ts';

/** What is counted: a tensor's memory, or its node of the graph. */
interface Counted {
  release(): void;
}

interface Resources {
  readonly storage: Counted;
  readonly node: Counted | null;
  readonly shape: Shape;
}

let warned = false;

/** Frees what a collected, never disposed tensor held, and warns once: collection comes late and in no order. */
const registry = new FinalizationRegistry<Resources>(({ storage, node, shape }) => {
  storage.release();
  node?.release();
  if (warned) return;
  warned = true;
  console.warn(
    `a tensor of shape ${formatShape(shape)} was garbage-collected without dispose(); its device memory was not freed before. ` +
      'Work inside scope(), or declare tensors with `using`. (This warning is shown once.)',
  );
});

export function warnAtCollection(
  tensor: { readonly shape: Shape },
  storage: Counted,
  node: Counted | null,
): void {
  registry.register(tensor, { storage, node, shape: tensor.shape }, tensor);
}

warnAtCollection.cancel = (tensor: object): void => {
  registry.unregister(tensor);
};
