/** Something that holds device memory until it is disposed. */
export interface Disposable {
  dispose(): void;
}

/** What scopes hold. */
interface Tracked extends Disposable {
  /** Called when no scope holds it: whoever has it must dispose it. */
  leaveScopes?(): void;
}

const scopes: Set<Tracked>[] = [];

/** Hands `value` to the innermost scope, which disposes it at its end. */
export function track(value: Tracked): void {
  const innermost = scopes[scopes.length - 1];
  if (innermost) innermost.add(value);
  else value.leaveScopes?.();
}

/** Takes `value` out of the scopes: it lives until it is disposed explicitly. Returns it. */
export function keep<T extends Disposable>(value: T): T {
  for (const scope of scopes) scope.delete(value);
  (value as Tracked).leaveScopes?.();
  return value;
}

function isDisposable(value: object): value is Disposable {
  return 'dispose' in value && typeof value.dispose === 'function';
}

function collect(value: unknown, into: Set<unknown>): void {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || into.has(value)) return;
  into.add(value);
  if (isDisposable(value)) return;
  const children = value instanceof Map || value instanceof Set ? value.values() : Object.values(value);
  for (const child of children) collect(child, into);
}

/** The tensors in a tensor, or in arrays, maps and plain objects of tensors. */
export function disposablesIn(value: unknown): Disposable[] {
  const found = new Set<unknown>();
  collect(value, found);
  return [...found].filter(
    (item): item is Disposable => typeof item === 'object' && item !== null && isDisposable(item),
  );
}

/**
 * Runs `body` and disposes every tensor made in it, except those that it returns (a tensor, or arrays, maps and
 * plain objects of tensors), which pass to the enclosing scope.
 *
 * `body` must be synchronous: every operation is, and reading back can follow the scope.
 * @throws TypeError when `body` returns a promise
 */
export function scope<T>(body: () => T): T {
  const tracked = new Set<Tracked>();
  scopes.push(tracked);
  let returned: T | undefined;
  try {
    returned = body();
    if (returned instanceof Promise) {
      throw new TypeError(
        'scope: the body returned a promise; make it synchronous and await the data outside',
      );
    }
    return returned;
  } finally {
    scopes.splice(scopes.lastIndexOf(tracked), 1);
    close(tracked, returned);
  }
}

/** Disposes what was tracked, except what is part of `returned`. */
function close(tracked: ReadonlySet<Tracked>, returned: unknown): void {
  const kept = new Set<unknown>();
  collect(returned, kept);
  for (const value of tracked) {
    if (kept.has(value)) track(value);
    else value.dispose();
  }
}
