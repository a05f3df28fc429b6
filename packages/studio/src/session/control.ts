/** Pauses and stops a run between its steps. */
export class RunControl {
  private readonly controller = new AbortController();
  private release: (() => void) | null = null;
  private gate: Promise<void> = Promise.resolve();

  /** Aborted by {@link stop}. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  get isPaused(): boolean {
    return this.release !== null;
  }

  pause(): void {
    if (this.release || this.signal.aborted) return;
    this.gate = new Promise((resolve) => {
      this.release = resolve;
    });
  }

  resume(): void {
    this.release?.();
    this.release = null;
  }

  stop(): void {
    this.controller.abort(new DOMException('the edit was stopped', 'AbortError'));
    this.resume();
  }

  /** Resolves at once, or when the pause ends. @throws the signal's reason if it was stopped */
  async pass(): Promise<void> {
    await this.gate;
    this.signal.throwIfAborted();
  }
}
