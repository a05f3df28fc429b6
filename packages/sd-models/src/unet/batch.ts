import { expand, type Tensor } from '@lusd/tensor';

/** `x` for `batch` items: as it is, or its only item as often. */
export function forItems(x: Tensor, batch: number): Tensor {
  return x.shape[0] === batch ? x : expand(x, [batch, ...x.shape.slice(1)]);
}
