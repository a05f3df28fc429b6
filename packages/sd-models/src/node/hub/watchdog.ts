/** Ends a request that stays silent too long, or that the caller's signal ends. */
export class Watchdog {
  readonly signal: AbortSignal;
  private readonly timeout: number;
  private readonly controller = new AbortController();
  private timer: NodeJS.Timeout | undefined;

  /** @param timeout longest silence in ms; the clock runs from here. */
  constructor(timeout: number, signal?: AbortSignal) {
    this.timeout = timeout;
    this.signal = signal ? AbortSignal.any([this.controller.signal, signal]) : this.controller.signal;
    this.touch();
  }

  /** Restarts the timer after received data. */
  touch(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.controller.abort(new Error(`nothing arrived for ${this.timeout / 1000} s`));
    }, this.timeout);
  }

  stop(): void {
    clearTimeout(this.timer);
  }
}
