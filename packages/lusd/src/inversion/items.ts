import { concat, narrow, split, type Tensor } from '@lusd/tensor';
import type { BatchItems } from '../denoiser.ts';

/** One item of a batch, [1, ..]. */
export function itemOf(x: Tensor, item: number): Tensor {
  return narrow(x, 0, item, 1);
}

/** `x` [B, ..] with some items replaced. @param replaced by their places, [1, ..] each, of the dtype of `x` */
export function withItems(x: Tensor, replaced: ReadonlyMap<number, Tensor>): Tensor {
  return concat(split(x, 1, 0).map((own, item) => replaced.get(item) ?? own));
}

/** `x` [B, ..] with some items replaced by others of them. @param from the place of what replaces each */
export function copyItems(x: Tensor, from: ReadonlyMap<number, number>): Tensor {
  const items = split(x, 1, 0);
  return concat(items.map((own, item) => items[from.get(item) ?? item] ?? own));
}

/** Which items of the source take the places of the target's, for `copyItems`: with its prompt, and without. */
export function copyOfSource(source: BatchItems, target: BatchItems): ReadonlyMap<number, number> {
  const from = new Map([[target.prompt, source.prompt]]);
  return target.null === null ? from : from.set(target.null, source.null ?? source.prompt);
}
