type Primitive = string | number | boolean | null | undefined;

type AsPlain<V> = V extends Primitive
  ? V
  : V extends (...args: never[]) => unknown
    ? never
    : { readonly [K in keyof V]: AsPlain<V[K]> };

/** `V` where it is plain data (primitives, and arrays and objects of plain data), which can be compared by content. */
export type Plain<V> = V extends AsPlain<V> ? V : never;

const OPEN = Symbol('open');
const CLOSE = Symbol('close');

/** A tree whose paths are the names and values of plain data in order. */
class Branch<R> {
  private readonly branches = new Map<Primitive | symbol, Branch<R>>();
  /** The step taken last, which is mostly the next one too. */
  private lastKey: Primitive | symbol;
  private last: Branch<R> | null = null;
  result: R | undefined;

  /** The branch that `value` leads to from here. */
  follow(value: unknown): Branch<R> {
    if (typeof value !== 'object' || value === null) return this.step(value as Primitive);
    let branch = this.step(OPEN);
    for (const name in value) branch = branch.step(name).follow((value as Record<string, unknown>)[name]);
    return branch.step(CLOSE);
  }

  private step(key: Primitive | symbol): Branch<R> {
    if (this.last && key === this.lastKey) return this.last;
    let next = this.branches.get(key);
    if (!next) {
      next = new Branch();
      this.branches.set(key, next);
    }
    this.lastKey = key;
    this.last = next;
    return next;
  }
}

/** `build`, called once for every distinct value of its argument; plain data is compared by content. */
export function memoize<V, R>(build: (value: V) => R): (value: Plain<V>) => R {
  const root = new Branch<R>();
  return (value) => {
    const branch = root.follow(value);
    branch.result ??= build(value);
    return branch.result;
  };
}
