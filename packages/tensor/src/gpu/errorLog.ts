/**
 * Errors that the device reports after the call that caused them. They are kept until the next
 * readback or `device.sync()` throws the first of them.
 */
export class ErrorLog {
  private readonly checks = new Set<Promise<void>>();
  private first: Error | null = null;

  /** Watches a check that resolves to an error or null. */
  readonly track = (check: Promise<Error | null>): void => {
    const watched = check
      .catch((reason: unknown) => (reason instanceof Error ? reason : new Error(String(reason))))
      .then((error) => {
        this.checks.delete(watched);
        if (error) this.add(error);
      });
    this.checks.add(watched);
  };

  add(error: Error): void {
    this.first ??= error;
  }

  /** Waits for the checks of everything submitted so far, and throws the first error found, once. */
  async throwFirst(): Promise<void> {
    await Promise.all(this.checks);
    const error = this.first;
    this.first = null;
    if (error) throw error;
  }
}
