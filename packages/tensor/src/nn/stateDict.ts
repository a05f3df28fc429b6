import { TensorError } from '../errors.ts';
import { clone } from '../ops/cast.ts';
import { requireShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';

/** Tensors by name: the parameters of a module in PyTorch's layouts, or what an optimizer remembers. */
export type StateDict = ReadonlyMap<string, Tensor>;

/** What can be saved and loaded: modules, optimizers, averages of parameters. */
export interface Stateful {
  /** Copies of all that it holds; the caller disposes them. */
  stateDict(): Map<string, Tensor>;
  /** Takes copies of `state`. @throws TensorError listing missing and unexpected names; ShapeError */
  loadStateDict(state: StateDict): void | Promise<void>;
}

/** The tensors of `state` by the names of `expected`, in that order, each beside what it is for. */
export function matchNames<T>(state: StateDict, expected: ReadonlyMap<string, T>): [string, T, Tensor][] {
  const unexpected = [...state.keys()].filter((name) => !expected.has(name));
  const missing: string[] = [];
  const matches: [string, T, Tensor][] = [];
  for (const [name, target] of expected) {
    const tensor = state.get(name);
    if (tensor) matches.push([name, target, tensor]);
    else missing.push(name);
  }
  if (missing.length + unexpected.length === 0) return matches;
  throw new TensorError(
    `loadStateDict: missing [${missing.join(', ')}], unexpected [${unexpected.join(', ')}]`,
  );
}

/** A state dict of `tensors`. */
export function copyAll(tensors: StateDict): Map<string, Tensor> {
  return new Map(Array.from(tensors, ([name, tensor]) => [name, clone(tensor)]));
}

/** Writes `state` into `tensors`, all of it or nothing. @throws TensorError, ShapeError as `Stateful.loadStateDict` */
export function overwriteAll(tensors: StateDict, state: StateDict): void {
  const matches = matchNames(state, tensors);
  for (const [name, own, saved] of matches)
    requireShape('loadStateDict', `'${name}'`, saved.shape, own.shape);
  for (const [, own, saved] of matches) own.copyFrom(saved);
}
