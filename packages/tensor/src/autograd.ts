import { AutogradError } from './errors.ts';

/**
 * Reverse-mode differentiation over any value type `T` (here: tensors), which it never looks into.
 *
 * A node represents one result. Nodes are counted: a handle and every child hold one reference, and a node
 * without references frees what it saved, so a graph that is never walked is freed with its result.
 */
export class GraphNode<T> {
  private references = 1;
  private freed = false;

  constructor(
    /** The operation, for errors. */
    readonly name: string,
    /** One entry per operand; null if it needs no gradient. */
    readonly parents: readonly (GraphNode<T> | null)[],
    /** Gradients of the operands from the gradient of the result; null if there is none. */
    readonly backward: (gradient: T) => readonly (T | null)[],
    private readonly freeSaved: () => void,
  ) {
    for (const parent of parents) parent?.retain();
  }

  retain(): void {
    this.references++;
  }

  /** Drops one reference, and with the last one everything that only this node kept alive. */
  release(): void {
    const pending: GraphNode<T>[] = [this];
    for (let node = pending.pop(); node; node = pending.pop()) {
      if (--node.references > 0) continue;
      node.free();
      for (const parent of node.parents) if (parent) pending.push(parent);
    }
  }

  /** Frees what backward needs; a later walk through this node throws. */
  free(): void {
    if (this.freed) return;
    this.freed = true;
    this.freeSaved();
  }

  run(gradient: T): readonly (T | null)[] {
    if (this.freed) {
      throw new AutogradError(
        `backward: the graph of '${this.name}' was freed by an earlier backward; pass { retainGraph: true } to that one`,
      );
    }
    const gradients = this.backward(gradient);
    if (gradients.length !== this.parents.length) {
      throw new AutogradError(
        `backward: '${this.name}' returned ${gradients.length} gradients for ${this.parents.length} operands`,
      );
    }
    return gradients;
  }
}

/** What the walk needs to know of the values it adds up. */
export interface Accumulator<T> {
  /** Sum of two gradients; the caller keeps both. */
  add(a: T, b: T): T;
  /** A handle of its own on `value`, so that a backward may return its argument, or one value twice. */
  own(value: T): T;
  free(value: T): void;
  /** Runs `body`, freeing every value it made but does not return. */
  scope(body: () => (T | null)[]): (T | null)[];
}

/** Parents before children reversed: each node comes after all of its users. Iterative, since graphs are deep. */
function reverseTopological<T>(root: GraphNode<T>): GraphNode<T>[] {
  const order: GraphNode<T>[] = [];
  const seen = new Set<GraphNode<T>>([root]);
  const stack: { node: GraphNode<T>; next: number }[] = [{ node: root, next: 0 }];
  for (let top = stack.at(-1); top; top = stack.at(-1)) {
    if (top.next === top.node.parents.length) {
      order.push(top.node);
      stack.pop();
      continue;
    }
    const parent = top.node.parents[top.next++];
    if (!parent || seen.has(parent)) continue;
    seen.add(parent);
    stack.push({ node: parent, next: 0 });
  }
  return order.reverse();
}

/**
 * Walks the graph from `root`, whose gradient is `seed` (it stays the caller's), and calls `visit` with every
 * node's complete gradient, which `visit` must not keep without owning it.
 */
export function walkBackward<T>(
  root: GraphNode<T>,
  seed: T,
  ops: Accumulator<T>,
  visit: (node: GraphNode<T>, gradient: T) => void,
  retainGraph: boolean,
): void {
  const gradients = new Map<GraphNode<T>, T>([[root, ops.own(seed)]]);
  try {
    for (const node of reverseTopological(root)) {
      const gradient = gradients.get(node);
      if (gradient === undefined) continue;
      visit(node, gradient);
      distribute(node, gradient, gradients, ops);
      gradients.delete(node);
      ops.free(gradient);
      if (!retainGraph && node.parents.length > 0) node.free();
    }
  } finally {
    for (const gradient of gradients.values()) ops.free(gradient);
  }
}

function distribute<T>(
  node: GraphNode<T>,
  gradient: T,
  gradients: Map<GraphNode<T>, T>,
  ops: Accumulator<T>,
): void {
  if (node.parents.length === 0) return;
  const results = ops.scope(() =>
    node.run(gradient).map((value, i) => (value !== null && node.parents[i] ? ops.own(value) : null)),
  );
  for (const [i, value] of results.entries()) {
    const parent = node.parents[i];
    if (value === null || !parent) continue;
    const sum = gradients.get(parent);
    if (sum === undefined) {
      gradients.set(parent, value);
      continue;
    }
    gradients.set(parent, ops.add(sum, value));
    ops.free(sum);
    ops.free(value);
  }
}
