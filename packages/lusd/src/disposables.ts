interface Disposable {
  dispose(): void;
}

/** Things on the device that are freed together. */
export class Disposables implements Disposable {
  private readonly items = new Set<Disposable>();

  /** Takes `item` over and returns it. */
  add<T extends Disposable>(item: T): T {
    this.items.add(item);
    return item;
  }

  /** Gives `item` back to the caller. */
  remove(item: Disposable): void {
    this.items.delete(item);
  }

  /** Frees what was added so far, the last first; more can be added afterwards. */
  dispose(): void {
    for (const item of [...this.items].reverse()) item.dispose();
    this.items.clear();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
