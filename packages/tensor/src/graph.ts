import { type Accumulator, GraphNode, walkBackward } from './autograd.ts';
import { requireFloat } from './dtype.ts';
import { AutogradError, ShapeError } from './errors.ts';
import { pointwise } from './kernels/pointwise.ts';
import { full } from './ops/create.ts';
import { disposablesIn, keep, scope } from './scope.ts';
import { formatShape, sameShape } from './shape.ts';
import type { Tensor } from './tensor.ts';

let enabled = true;

/** Whether operations are being recorded for gradients. */
export function gradEnabled(): boolean {
  return enabled;
}

/** Runs `body` without recording gradients. */
export function noGrad<T>(body: () => T): T {
  return withGrad(false, body);
}

/** Runs `body` with recording on, also inside `noGrad`. */
export function enableGrad<T>(body: () => T): T {
  return withGrad(true, body);
}

function withGrad<T>(value: boolean, body: () => T): T {
  const outer = enabled;
  enabled = value;
  try {
    return body();
  } finally {
    enabled = outer;
  }
}

/**
 * Runs `body` without recording gradients and in a scope of its own. What it returns (a tensor, or arrays, maps and
 * plain objects of tensors) belongs to no scope: it lives until it is disposed. Reference: torch.inference_mode.
 * @throws TypeError when `body` returns a promise
 */
export function inference<T>(body: () => T): T {
  const result = noGrad(() => scope(body));
  for (const value of disposablesIn(result)) keep(value);
  return result;
}

/** How an operation's gradient is found. */
export interface GradientRule<Saved extends readonly Tensor[] = readonly Tensor[]> {
  readonly name: string;
  /** Operands, in the order of the gradients that `backward` returns. */
  readonly inputs: readonly (Tensor | null)[];
  /** Values that `backward` needs; kept alive until the graph is freed. */
  readonly saved: Saved;
  /** One gradient an operand, null for those that have none. `needs[i]` tells whether operand i wants one. */
  backward(gradient: Tensor, saved: Saved, needs: readonly boolean[]): readonly (Tensor | null)[];
}

/** Whether a result of these operands takes part in a graph. */
export function needsGrad(...inputs: readonly (Tensor | null | undefined)[]): boolean {
  return enabled && inputs.some((input) => input?.requiresGrad);
}

/**
 * The result `output` of an operation with its gradient rule attached, or `output` itself when no operand wants a
 * gradient.
 */
export function record<const Saved extends readonly Tensor[]>(
  output: Tensor,
  rule: () => GradientRule<Saved>,
): Tensor {
  if (!enabled) return output;
  const { name, inputs, saved, backward } = rule();
  if (!inputs.some((input) => input?.requiresGrad)) return output;
  const parents = inputs.map((input) => input?.gradientNode ?? null);
  const needs = parents.map((parent) => parent !== null);
  const values = saved.map((tensor) => ({ tensor: tensor.alias(), version: tensor.storage.version }));
  const node = new GraphNode<Tensor>(
    name,
    parents,
    (gradient) => {
      for (const { tensor, version } of values) requireUnchanged(name, tensor, version);
      return backward(gradient, values.map((value) => value.tensor) as readonly Tensor[] as Saved, needs);
    },
    () => {
      for (const { tensor } of values) tensor.dispose();
    },
  );
  return output.attachResult(node);
}

function requireUnchanged(name: string, tensor: Tensor, version: number): void {
  if (tensor.storage.version === version) return;
  throw new AutogradError(
    `backward: a tensor of shape ${formatShape(tensor.shape)} that '${name}' saved was written in place afterwards; copy it first`,
  );
}

/** Makes `tensor` a leaf that collects a gradient (or stops it from doing so), and returns it. */
export function requireGrad(tensor: Tensor, requires = true): Tensor {
  if (!requires) return tensor.attachLeaf(null);
  requireFloat('requireGrad', tensor.dtype);
  const node = new GraphNode<Tensor>(
    'leaf',
    [],
    () => [],
    () => {},
  );
  leaves.set(node, new WeakRef(tensor));
  return tensor.attachLeaf(node);
}

/** The tensor that each leaf's gradient is collected on; weak, so that a forgotten leaf is collected and warned of. */
const leaves = new WeakMap<GraphNode<Tensor>, WeakRef<Tensor>>();

function sum(a: Tensor, b: Tensor): Tensor {
  return keep(pointwise({ name: 'accumulateGradient', expression: 'a + b' }, [a, b], a.dtype));
}

const tensorOps: Accumulator<Tensor> = {
  add: sum,
  own: (value) => value.alias(),
  free: (value) => value.dispose(),
  scope: (body) => scope(body),
};

function seedFor(output: Tensor, gradient: Tensor | undefined): Tensor {
  if (!gradient) {
    if (output.size !== 1) {
      throw new ShapeError(
        `backward: shape ${formatShape(output.shape)} is not a scalar; pass the gradient of the result`,
      );
    }
    return keep(full(output.shape, 1, { device: output.device, dtype: output.dtype }));
  }
  if (!sameShape(gradient.shape, output.shape)) {
    throw new ShapeError(
      `backward: the gradient has shape ${formatShape(gradient.shape)}, the result ${formatShape(output.shape)}`,
    );
  }
  return gradient.alias();
}

function walk(
  output: Tensor,
  gradient: Tensor | undefined,
  retainGraph: boolean,
  visit: (node: GraphNode<Tensor>, gradient: Tensor) => void,
): void {
  const root = output.gradientNode;
  if (!root) throw new AutogradError('backward: no operand of this result requires a gradient');
  noGrad(() => {
    const seed = seedFor(output, gradient);
    try {
      walkBackward(root, seed, tensorOps, visit, retainGraph);
    } finally {
      seed.dispose();
    }
  });
}

/** Where a backward pass starts, and what it keeps. */
export interface BackwardOptions {
  /** Gradient of the result, of its shape; default 1 for a scalar. */
  gradient?: Tensor;
  /** Keeps what the graph saved, so that backward can be called again. Default false. */
  retainGraph?: boolean;
}

/**
 * Adds to `grad` of every leaf the gradient of `output` with respect to it.
 * @throws AutogradError when no leaf requires a gradient, or the graph was freed by an earlier backward
 */
export function backward(output: Tensor, options: BackwardOptions = {}): void {
  walk(output, options.gradient, options.retainGraph ?? false, (node, gradient) => {
    const leaf = leaves.get(node)?.deref();
    if (leaf && !leaf.isDisposed) accumulate(leaf, gradient);
  });
}

function accumulate(leaf: Tensor, gradient: Tensor): void {
  const earlier = leaf.grad;
  leaf.grad = earlier ? sum(earlier, gradient) : gradient.alias();
  earlier?.dispose();
}

/**
 * Gradients of `output` with respect to `inputs` (leaves or results), leaving every `grad` as it is.
 * @throws AutogradError if an input is not part of the graph of `output`
 */
export function grad(output: Tensor, inputs: readonly Tensor[], options: BackwardOptions = {}): Tensor[] {
  const found = new Map<GraphNode<Tensor>, Tensor>();
  const wanted = new Set(inputs.map((input) => input.gradientNode));
  walk(output, options.gradient, options.retainGraph ?? false, (node, gradient) => {
    if (wanted.has(node)) found.set(node, gradient.detach());
  });
  return inputs.map(({ gradientNode, shape }, i) => {
    const gradient = gradientNode && found.get(gradientNode);
    if (gradient) return gradient;
    for (const other of found.values()) other.dispose();
    throw new AutogradError(
      `grad: input ${i} of shape ${formatShape(shape)} is not part of the result's graph`,
    );
  });
}

/**
 * The result of `forward` with a custom gradient rule. `forward` runs without recording.
 * `rule.backward` returns one gradient (or null) for each of `rule.inputs`.
 */
export function customGradient<const Saved extends readonly Tensor[]>(
  forward: () => Tensor,
  rule: GradientRule<Saved>,
): Tensor {
  return record(noGrad(forward), () => rule);
}

/**
 * `body(...inputs)`, computed a second time in backward instead of keeping what its operations save: less memory
 * for more time. Gradients flow to `inputs`, at least one of which must require one; those of other leaves that
 * `body` uses (a module's parameters) are added to their `grad` during `backward`. `body` must compute the same both
 * times: it may not draw random numbers (dropout).
 * Reference: torch.utils.checkpoint with use_reentrant=True.
 */
export function checkpoint(body: (...inputs: Tensor[]) => Tensor, inputs: readonly Tensor[]): Tensor {
  const output = noGrad(() => scope(() => body(...inputs)));
  return record(output, () => ({
    name: 'checkpoint',
    inputs,
    saved: inputs,
    backward: (gradient, saved, needs) =>
      enableGrad(() => {
        const leafs = saved.map((tensor, i) => (needs[i] ? requireGrad(tensor.detach()) : tensor.detach()));
        backward(body(...leafs), { gradient });
        return leafs.map((leaf) => leaf.grad?.detach() ?? null);
      }),
  }));
}
