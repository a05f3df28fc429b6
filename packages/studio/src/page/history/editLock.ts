/**
 * Holds an edit for this page until it is released or the page ends, so that another page does not take it for one
 * that was left. Resolves once it is held.
 */
export function holdEdit(id: string): Promise<() => void> {
  return new Promise((held) => {
    void navigator.locks.request(lockName(id), () => new Promise<void>((release) => held(release)));
  });
}

/** As {@link holdEdit}, or null if another page holds it. */
export function holdIfLeft(id: string): Promise<(() => void) | null> {
  return new Promise((held) => {
    void navigator.locks.request(lockName(id), { ifAvailable: true }, (lock) => {
      if (!lock) return held(null);
      return new Promise<void>((release) => held(release));
    });
  });
}

function lockName(id: string): string {
  return `lusd-edit-${id}`;
}
