import { geglu } from '../ops/geglu.ts';
import { type ImageSize, upsampleNearest } from '../ops/interpolate.ts';
import { type LinearOperands, linears } from '../ops/linears.ts';
import { silu } from '../ops/unary.ts';
import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import type { Module } from './module.ts';

/** A module whose result may be added to in the same pass; callers use the function `forwardAdd`. */
export interface AddingModule<Inputs extends readonly unknown[]> {
  forward(...inputs: Inputs): Tensor;
  /** add + forward(...inputs). */
  forwardAdd?(add: Tensor, ...inputs: Inputs): Tensor;
}

/**
 * A module from one tensor to one tensor, which can replace a layer. It may have further methods that do in one pass what
 * often follows it; callers use the functions of the same names, which do without.
 */
export type UnaryModule = Module &
  AddingModule<[x: Tensor]> & {
    /** silu(forward(x)). */
    forwardSilu?(x: Tensor): Tensor;
    /** geglu(forward(x)). */
    forwardGeglu?(x: Tensor): Tensor;
    /** The weight and the bias with which `linear` gives forward(x). */
    linearOperands?(): LinearOperands;
    /** forward(x) with each pixel of x [N, H, W, C] repeated so many times. */
    forwardUpsampled?(x: Tensor, factors: readonly [vertical: number, horizontal: number]): Tensor;
  };

/** `add + module.forward(...inputs)`, where `add` is a residual, say: in one pass where the module can. */
export function forwardAdd<Inputs extends readonly unknown[]>(
  module: AddingModule<Inputs>,
  add: Tensor,
  ...inputs: Inputs
): Tensor {
  if (module.forwardAdd && definesBoth(module, 'forwardAdd')) return module.forwardAdd(add, ...inputs);
  return scope(() => module.forward(...inputs).add(add));
}

/** `silu(module.forward(x))`: in one pass where the module can. */
export function forwardSilu(module: UnaryModule, x: Tensor): Tensor {
  if (module.forwardSilu && definesBoth(module, 'forwardSilu')) return module.forwardSilu(x);
  return scope(() => silu(module.forward(x)));
}

/** `geglu(module.forward(x))`: in one pass where the module can. */
export function forwardGeglu(module: UnaryModule, x: Tensor): Tensor {
  if (module.forwardGeglu && definesBoth(module, 'forwardGeglu')) return module.forwardGeglu(x);
  return scope(() => geglu(module.forward(x)));
}

/** `module.forward(x)` for every one of `modules`: in one pass where they are linear layers of one size. */
export function forwardEach(modules: readonly UnaryModule[], x: Tensor): Tensor[] {
  const layers = modules.flatMap((module) =>
    module.linearOperands && definesBoth(module, 'linearOperands') ? [module.linearOperands()] : [],
  );
  return layers.length === modules.length ? linears(x, layers) : modules.map((module) => module.forward(x));
}

/** `module.forward(upsampleNearest(x, size))`: in one pass where the module can, and each side becomes a multiple of itself. */
export function forwardUpsampled(module: UnaryModule, x: Tensor, size: ImageSize): Tensor {
  const [vertical = 0, horizontal = 0] = size.map((extent, axis) => extent / x.shape[1 + axis]!);
  const multiplies = Number.isInteger(vertical) && Number.isInteger(horizontal);
  if (multiplies && module.forwardUpsampled && definesBoth(module, 'forwardUpsampled'))
    return module.forwardUpsampled(x, [vertical, horizontal]);
  return scope(() => module.forward(upsampleNearest(x, size)));
}

/** Whether what defines the module's `forward` also defines `name`: a subclass may have replaced `forward` alone. */
function definesBoth(module: object, name: string): boolean {
  let owner = module;
  while (!Object.hasOwn(owner, 'forward')) owner = Object.getPrototypeOf(owner);
  return Object.hasOwn(owner, name);
}
