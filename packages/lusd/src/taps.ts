import type { AttentionHook, ResnetHook, UNetHooks } from '@lusd/sd-models';
import type { Tap } from './denoiser.ts';

/** Both taps in one pass: the second sees what the first has replaced. */
export function joinTaps<A, B>(first: Tap<A>, second: Tap<B>): Tap<readonly [A, B]> {
  return {
    allowsOneForAll: (first.allowsOneForAll ?? false) && (second.allowsOneForAll ?? false),
    listen(items) {
      const [a, b] = [first.listen(items), second.listen(items)];
      return { hooks: joinHooks(a.hooks, b.hooks), read: () => [a.read(), b.read()] };
    },
  };
}

function joinHooks(a: UNetHooks & Disposable, b: UNetHooks & Disposable): UNetHooks & Disposable {
  return {
    begin(batch) {
      a.begin?.(batch);
      b.begin?.(batch);
    },
    attention: (layer) => both(a.attention?.(layer) ?? null, b.attention?.(layer) ?? null, joinAttention),
    resnet: (site) => both(a.resnet?.(site) ?? null, b.resnet?.(site) ?? null, joinResnet),
    [Symbol.dispose]() {
      a[Symbol.dispose]();
      b[Symbol.dispose]();
    },
  };
}

function both<Hook>(a: Hook | null, b: Hook | null, join: (a: Hook, b: Hook) => Hook): Hook | null {
  return a && b ? join(a, b) : (a ?? b);
}

function joinAttention(a: AttentionHook, b: AttentionHook): AttentionHook {
  return {
    ...member('inputs', chain(a.inputs?.bind(a), b.inputs?.bind(b))),
    ...member('probabilities', chain(a.probabilities?.bind(a), b.probabilities?.bind(b))),
    ...member('output', chain(a.output?.bind(a), b.output?.bind(b))),
  };
}

function joinResnet(a: ResnetHook, b: ResnetHook): ResnetHook {
  const [first, second] = [a.inputs?.bind(a), b.inputs?.bind(b)];
  const inputs =
    first && second ? (...own: Parameters<typeof first>) => second(...first(...own)) : (first ?? second);
  return {
    ...member('inputs', inputs),
    ...member('residual', chain(a.residual?.bind(a), b.residual?.bind(b))),
  };
}

type Step<T> = ((own: T) => T) | undefined;

/** One after the other; undefined if there is none, since a hook's members cost something once they are there. */
function chain<T>(first: Step<T>, second: Step<T>): Step<T> {
  return first && second ? (own) => second(first(own)) : (first ?? second);
}

function member<Key extends string, Value>(
  key: Key,
  value: Value | undefined,
): { readonly [K in Key]?: Value } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [K in Key]: Value });
}
